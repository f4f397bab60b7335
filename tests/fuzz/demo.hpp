// SPDX-License-Identifier: MIT
#pragma once
/// @file demo.hpp
/// The stewards of the demo DAOs. Their secrets are published here, so they are good for nothing but tests.

#include <array>
#include <cstdint>
#include <string_view>

#include "mikoshi/crypto/key.hpp"

namespace fuzz {

using namespace mikoshi;

inline constexpr std::array<std::string_view, 3> demo_names = {"abe", "mori", "sato"};

/// The key of demo steward n, 1 to 3: the secret is the byte n, 32 times.
inline const SecretKey& demo_key(std::uint8_t n) {
  static const auto keys = [] {
    const auto make = [](std::uint8_t byte) {
      Hash secret;
      secret.fill(byte);
      return SecretKey::from_bytes(secret).value();
    };
    return std::array{make(1), make(2), make(3)};
  }();
  return keys.at(n - 1u);
}

}  // namespace fuzz
