// SPDX-License-Identifier: MIT
#pragma once
/// @file charter_templates.hpp
/// The charters that ship with the tool.

#include <array>
#include <string_view>

namespace mikoshi {

struct CharterTemplate {
  std::string_view name;
  std::string_view rules;  ///< a charter's JSON
};

inline constexpr std::array<CharterTemplate, 4> charter_templates = {{
    {"salon", R"({"root":{"pool":"income","split":[[10,{"to":"pool:reserve"}],)"
              R"([60,{"among":"contributions","else":{"to":"pool:reserve"},"pool":"contributions"}],)"
              R"([30,{"among":"ticket-seconds","else":{"to":"pool:reserve"},"pool":"tickets"}]]}})"},
    {"equal", R"({"root":{"among":"equal","else":{"to":"pool:reserve"},"pool":"members"}})"},
    {"holders", R"({"root":{"pool":"income","split":[[10,{"to":"pool:reserve"}],)"
                R"([90,{"among":"ticket-seconds","else":{"to":"pool:reserve"},"pool":"tickets"}]]}})"},
    // Those who put in 1,000,000 get 1,200,000 back before anybody else gets anything.
    {"seed-first", R"({"root":{"cap":[120,100],"pool":"seed","recoup":[["1000000",{"to":"pool:backers"}]],)"
                   R"("rest":{"pool":"income","split":[[10,{"to":"pool:reserve"}],)"
                   R"([60,{"among":"contributions","else":{"to":"pool:reserve"},"pool":"contributions"}],)"
                   R"([30,{"among":"ticket-seconds","else":{"to":"pool:reserve"},"pool":"tickets"}]]}}})"},
}};

/// The template of that name, or nullptr.
[[nodiscard]] constexpr const CharterTemplate* find_charter_template(std::string_view name) {
  for (const CharterTemplate& charter : charter_templates)
    if (charter.name == name) return &charter;
  return nullptr;
}

}  // namespace mikoshi
