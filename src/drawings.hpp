// SPDX-License-Identifier: MIT
#pragma once
/// @file drawings.hpp
/// Drawings of what charters would pay: SVG that stands alone, without scripts or fonts of its own, readable without colours.
///
/// Every line has a colour that the colour-blind tell apart (Okabe and Ito) and a dash pattern of its own. Places are
/// whole hundredths of a pixel, computed exactly, so the same runs give the same bytes.

#include <string>
#include <vector>

#include "mikoshi/base/amount.hpp"

namespace mikoshi {

/// What one charter pays, member by member.
struct DrawnCharter {
  std::string name;
  std::vector<u128> paid;  ///< minor units, in the order of `Drawing::members`
};

struct Drawing {
  std::string from, to;  ///< the months, in words
  Currency currency;
  std::vector<std::string> members;    ///< ids, ascending
  std::vector<DrawnCharter> charters;  ///< 1 to 8: as many as there are colours
};

/// Lorenz curves, the line of equality, and the charters' names.
[[nodiscard]] std::string lorenz_svg(const Drawing& drawing);

/// Bars of the differences to the first charter, who gains most first: at most 30, of the members with the largest ones.
[[nodiscard]] std::string changes_svg(const Drawing& drawing);

}  // namespace mikoshi
