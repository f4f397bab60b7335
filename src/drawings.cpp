// SPDX-License-Identifier: MIT
#include "drawings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mikoshi/base/wide.hpp"
#include "screen.hpp"

namespace mikoshi {
namespace {

struct Ink {
  std::string_view colour, dashes;
};
constexpr std::array<Ink, 8> inks = {{{"#0072b2", "none"},
                                      {"#d55e00", "8 3"},
                                      {"#009e73", "2 2"},
                                      {"#cc79a7", "10 3 2 3"},
                                      {"#e69f00", "5 5"},
                                      {"#56b4e9", "12 2"},
                                      {"#000000", "1 3"},
                                      {"#7f7f7f", "6 2 2 2"}}};
constexpr std::size_t bars_max = 30;
constexpr std::size_t id_shown_max = 18;  ///< characters of a member's id beside a bar
constexpr std::size_t points_max = 500;   ///< of a curve: more would not be seen

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Hundredths of a pixel as SVG writes them.
std::string place(std::int64_t hundredths) {
  const std::int64_t size = hundredths < 0 ? -hundredths : hundredths;
  return fmt::format("{}{}.{:02}", hundredths < 0 ? "-" : "", size / 100, size % 100);
}

/// part / whole of `length` hundredths, rounded down. @pre part ≤ whole
std::int64_t portion(const Big& part, const Big& whole, std::int64_t length) {
  return whole == 0 ? 0 : static_cast<std::int64_t>(Big{part * length / whole});
}

std::string begin(int width, int height, const std::string& title, const std::string& about) {
  return fmt::format(
             R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
             R"(aria-labelledby="title desc" xml:lang="{2}" font-family="sans-serif" font-size="12" fill="#222222">)"
             "\n",
             width, height, language() == Language::japanese ? "ja" : "en") +
         fmt::format(R"(<title id="title">{}</title><desc id="desc">{}</desc>)"
                     "\n",
                     escaped(title), escaped(about)) +
         fmt::format(R"(<rect width="{}" height="{}" fill="#ffffff"/>)"
                     "\n",
                     width, height) +
         fmt::format(R"(<text x="20" y="24" font-size="15" font-weight="bold">{}</text>)"
                     "\n",
                     escaped(title));
}

std::string text_at(std::int64_t x, std::int64_t y, std::string_view anchor, std::string_view text) {
  return fmt::format(R"(<text x="{}" y="{}" text-anchor="{}">{}</text>)"
                     "\n",
                     place(x), place(y), anchor, escaped(text));
}

std::string line_at(std::int64_t x1, std::int64_t y1, std::int64_t x2, std::int64_t y2, std::string_view style) {
  return fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>)"
                     "\n",
                     place(x1), place(y1), place(x2), place(y2), style);
}

std::string stroke(const Ink& ink) {
  return fmt::format(R"(stroke="{}" stroke-width="2" stroke-dasharray="{}" fill="none")", ink.colour, ink.dashes);
}

}  // namespace

std::string lorenz_svg(const Drawing& drawing) {
  constexpr std::int64_t left = 7000, top = 5000, side = 40000;
  constexpr std::string_view thin = R"(stroke="#999999" stroke-width="1")";
  std::string svg = begin(680, 520, wording<Word::drawing_lorenz_title>(drawing.from, drawing.to),
                          wording<Word::drawing_lorenz_about>(thousands(drawing.members.size())));
  svg += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="none" {}/>)"
                     "\n",
                     place(left), place(top), place(side), place(side), thin);
  for (std::int64_t percent = 0; percent <= 100; percent += 25) {
    const std::int64_t far = side * percent / 100;
    svg += line_at(left + far, top + side, left + far, top + side + 500, thin);
    svg += line_at(left - 500, top + side - far, left, top + side - far, thin);
    svg += text_at(left + far, top + side + 2000, "middle", std::to_string(percent));
    svg += text_at(left - 900, top + side - far + 400, "end", std::to_string(percent));
  }
  svg += text_at(left + side / 2, top + side + 4200, "middle", wording<Word::drawing_lorenz_x>());
  svg += fmt::format(R"(<text text-anchor="middle" transform="translate(22 {}) rotate(-90) ">{}</text>)"
                     "\n",
                     place(top + side / 2), escaped(wording<Word::drawing_lorenz_y>()));
  svg += line_at(left, top + side, left + side, top, thin);
  std::int64_t legend = top + 1000;
  svg += line_at(left + side + 2000, legend - 400, left + side + 5000, legend - 400, thin);
  svg += text_at(left + side + 5600, legend, "start", wording<Word::drawing_equality>());
  for (std::size_t i = 0; i < drawing.charters.size(); ++i) {
    const DrawnCharter& charter = drawing.charters[i];
    const Ink& ink = inks[i % inks.size()];
    std::vector<u128> sorted = charter.paid;
    std::sort(sorted.begin(), sorted.end());
    Big whole = 0, sum = 0;
    for (const u128& amount : sorted) whole += to_big(amount);
    legend += 2200;
    svg += line_at(left + side + 2000, legend - 400, left + side + 5000, legend - 400, stroke(ink));
    svg += text_at(left + side + 5600, legend, "start", charter.name);
    if (whole == 0) continue;
    std::string points = place(left) + "," + place(top + side);
    const std::size_t n = sorted.size(), step = (n + points_max - 1) / points_max;
    for (std::size_t k = 1; k <= n; ++k) {
      sum += to_big(sorted[k - 1]);
      if (k % step != 0 && k != n) continue;
      points += " " + place(left + portion(k, n, side)) + "," + place(top + side - portion(sum, whole, side));
    }
    svg += fmt::format(R"(<polyline points="{}" {}><title>{}</title></polyline>)"
                       "\n",
                       points, stroke(ink), escaped(charter.name));
  }
  return svg + "</svg>\n";
}

std::string changes_svg(const Drawing& drawing) {
  struct Bar {
    std::size_t member, charter;
    u128 size;
    bool gains;
  };
  const std::vector<u128>& base = drawing.charters.front().paid;
  const auto difference = [&](std::size_t member, std::size_t charter) {
    const u128& own = drawing.charters[charter].paid[member];
    return Bar{member, charter, own > base[member] ? own - base[member] : base[member] - own, own > base[member]};
  };
  // The members with the largest difference under any charter; then who gains most by the second charter stands first.
  const std::size_t others = drawing.charters.size() - 1;
  std::vector<std::pair<u128, std::size_t>> widest;
  for (std::size_t m = 0; m < drawing.members.size(); ++m) {
    u128 most = 0;
    for (std::size_t c = 1; c <= others; ++c) most = std::max(most, difference(m, c).size);
    if (most != 0) widest.emplace_back(most, m);
  }
  std::stable_sort(widest.begin(), widest.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (others != 0) widest.resize(std::min(widest.size(), bars_max / others));
  std::stable_sort(widest.begin(), widest.end(), [&](const auto& a, const auto& b) {
    const Bar x = difference(a.second, 1), y = difference(b.second, 1);
    if (x.gains != y.gains) return x.gains;
    return x.gains ? x.size > y.size : x.size < y.size;
  });

  constexpr std::int64_t middle = 47000, reach = 22000, bar_height = 1200;
  const std::int64_t row_height = bar_height * static_cast<std::int64_t>(std::max<std::size_t>(others, 1)) + 800;
  const std::int64_t top = 5000 + 2000 * static_cast<std::int64_t>(others);
  const std::int64_t bottom = top + row_height * static_cast<std::int64_t>(std::max<std::size_t>(widest.size(), 1));
  std::string svg = begin(800, static_cast<int>(bottom / 100) + 30,
                          wording<Word::drawing_changes_title>(drawing.charters.front().name, drawing.from, drawing.to),
                          wording<Word::drawing_changes_about>(widest.size(), unit_name(drawing.currency)));
  for (std::size_t c = 1; c <= others; ++c) {
    const std::int64_t y = 3200 + 2000 * static_cast<std::int64_t>(c - 1) + 1200;
    svg += fmt::format(R"(<rect x="20" y="{}" width="30" height="10" fill="{}"/>)"
                       "\n",
                       place(y - 900), inks[c % inks.size()].colour);
    svg += text_at(5800, y, "start", drawing.charters[c].name);
  }
  if (widest.empty()) return svg + text_at(2000, bottom, "start", wording<Word::drawing_changes_none>()) + "</svg>\n";
  u128 longest = 0;
  for (const auto& [most, m] : widest) longest = std::max(longest, most);
  std::int64_t y = top;
  for (const auto& [most, m] : widest) {
    std::string id = drawing.members[m];
    if (id.size() > id_shown_max) id.replace(id_shown_max, std::string::npos, "…");
    svg += text_at(2000, y + (row_height - 800) / 2 + 400, "start", id);
    for (std::size_t c = 1; c <= others; ++c, y += bar_height) {
      const Bar bar = difference(m, c);
      const std::int64_t length = portion(to_big(bar.size), to_big(longest), reach);
      svg += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>)"
                         "\n",
                         place(bar.gains ? middle : middle - length), place(y), place(length), place(bar_height - 200),
                         inks[c % inks.size()].colour);
      const std::string label = (bar.size == 0 ? "" : bar.gains ? "+" : "-") + money(bar.size, drawing.currency);
      svg += text_at(bar.gains ? middle + length + 500 : middle - length - 500, y + bar_height - 300,
                     bar.gains ? "start" : "end", label);
    }
    y += 800;
  }
  svg += line_at(middle, top - 400, middle, bottom, R"(stroke="#222222" stroke-width="1")");
  return svg + "</svg>\n";
}

}  // namespace mikoshi
