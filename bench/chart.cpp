// SPDX-License-Identifier: MIT
/// How work grows, and the chart of the table: ratio to the limit over size, both in powers of ten; a line for each kind of work that has several sizes.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "measure.hpp"

namespace bench {
namespace {

constexpr double left = 60, right = 620, top = 30, bottom = 380;

double x_of(double n) { return left + (std::log10(n) - 3) / 4 * (right - left); }
double y_of(double ratio) { return bottom - (std::log10(std::max(0.1, ratio)) + 1) / 4 * (bottom - top); }

/// The points of each line of the chart.
std::map<std::string, std::vector<const Row*>> by_work(const std::vector<Row>& rows) {
  std::map<std::string, std::vector<const Row*>> works;
  for (const Row& row : rows) works[row.threads == 1 ? row.name : fmt::format("{}, {} threads", row.name, row.threads)].push_back(&row);
  return works;
}

}  // namespace

void note_growth(Table& table) {
  for (const auto& [name, points] : by_work(table.rows())) {
    if (points.size() < 3) continue;
    double x_sum = 0, y_sum = 0, xx_sum = 0, xy_sum = 0;  // of the logarithms
    for (const Row* row : points) {
      const double x = std::log(static_cast<double>(row->n)), y = std::log(row->ns) + x;
      x_sum += x, y_sum += y, xx_sum += x * x, xy_sum += x * y;
    }
    const auto count = static_cast<double>(points.size());
    table.note(name, (count * xy_sum - x_sum * y_sum) / (count * xx_sum - x_sum * x_sum), "exponent of growth", 1.05);
  }
}

std::string chart(const std::vector<Row>& rows) {
  const auto works = by_work(rows);
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 420\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"860\" height=\"420\" fill=\"white\"/>\n<text x=\"60\" y=\"18\">time / limit, by number of items</text>\n";
  for (int power = 3; power <= 7; ++power)
    out += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#ddd\"/><text x=\"{0:.1f}\" y=\"396\" "
                       "text-anchor=\"middle\">10^{3}</text>\n",
                       x_of(std::pow(10, power)), top, bottom, power);
  for (const double ratio : {0.1, 1.0, 10.0, 100.0, 1000.0})
    out += fmt::format("<line x1=\"{1}\" y1=\"{0:.1f}\" x2=\"{2}\" y2=\"{0:.1f}\" stroke=\"{4}\"/><text x=\"52\" y=\"{0:.1f}\" "
                       "text-anchor=\"end\">{3}</text>\n",
                       y_of(ratio), left, right, ratio, ratio == 1.0 ? "#888" : "#ddd");
  constexpr std::string_view colours[] = {"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#16a085", "#7f8c8d", "#2c3e50"};
  std::size_t which = 0;
  for (const auto& [name, points] : works) {
    if (points.size() < 2) continue;
    const std::string_view colour = colours[which % std::size(colours)];
    std::string path;
    for (const Row* row : points) path += fmt::format("{:.1f},{:.1f} ", x_of(static_cast<double>(row->n)), y_of(row->ratio()));
    out += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", path, colour);
    for (const Row* row : points)
      out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x_of(static_cast<double>(row->n)), y_of(row->ratio()), colour);
    out += fmt::format("<text x=\"640\" y=\"{}\" fill=\"{}\">{}</text>\n", 50 + 20 * which, colour, name);
    ++which;
  }
  return out + "</svg>\n";
}

}  // namespace bench
