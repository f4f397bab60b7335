// SPDX-License-Identifier: MIT
#pragma once
/// @file dao.hpp
/// The first line: which DAO this is, its currency and time zone, and the stewards whose signatures count.
///
/// Layer 2. Depends on: community/envelope.hpp, crypto/steward_key.hpp.

#include <array>
#include <algorithm>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/crypto/steward_key.hpp"
#include "mikoshi/version.hpp"

namespace mikoshi {

inline constexpr std::size_t stewards_max = 256;

/// Someone who recomputes a month and signs it.
struct Steward {
  StewardId name;
  StewardKey key;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("key", self.key, "the public key: 64 hexadecimal digits (BIP-340), eth:0xADDRESS, or ed25519:HEX");
    visit("name", self.name, "the name in snapshots");
  }
  friend bool operator==(const Steward&, const Steward&) = default;
};

/// The currency as the first line declares it.
struct CurrencyTerms {
  std::string code;
  std::uint64_t exponent = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("code", self.code, "like JPY");
    visit("exponent", self.exponent, "decimal places: 0 for yen");
  }
};

/// Whether k signatures of n stewards exclude two contradicting snapshots unless somebody signs both.
/// @error bad_threshold  k = 0, k > n, or 2k ≤ n other than 1 of 1.
[[nodiscard]] inline Status check_threshold(std::uint64_t k, std::size_t n) {
  if (k == 0 || k > n) return fail(Errc::bad_threshold, "the threshold must be 1 to the number of stewards");
  if (2 * k <= n) return fail(Errc::bad_threshold);
  return {};
}

/// Whether these can be the stewards of a DAO.
/// @error too_many | conflict (names not ascending, a key twice) | bad_threshold
[[nodiscard]] inline Status check_stewards(const std::vector<Steward>& stewards, std::uint64_t threshold) {
  if (stewards.size() > stewards_max) return fail(Errc::too_many, "at most 256 stewards");
  for (std::size_t i = 1; i < stewards.size(); ++i) {
    if (!(stewards[i - 1].name < stewards[i].name)) return fail(Errc::conflict, "stewards ascend by name, each once");
    for (std::size_t j = 0; j < i; ++j)
      if (stewards[i].key == stewards[j].key) return fail(Errc::conflict, "two stewards have one key");
  }
  return check_threshold(threshold, stewards.size());
}

/// The DAO as its first line made it, and its stewards as they are now.
struct Dao {
  std::uint64_t epoch = 0;  ///< of its stewards: 1 for those of the first line, one more at each change; 0: no DAO yet
  Hash id{};  ///< the leaf hash of the first line
  Offset offset;
  std::vector<Steward> stewards;
  std::uint64_t threshold = 0;
};

/// @error unsupported_version  a format that this release does not know.
[[nodiscard]] inline Status check_format(std::uint64_t format) {
  if (format == format_version) return {};
  return fail(Errc::unsupported_version, "the ledger has format version " + std::to_string(format) +
                                             ", this release reads " + std::to_string(format_version));
}

struct DaoStart {
  static constexpr std::string_view kind = "dao";
  static constexpr std::string_view about = "names the DAO; the first line, and only that";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::unsupported_version, Errc::bad_currency, Errc::too_many, Errc::conflict, Errc::bad_threshold,
  });
  std::uint64_t format = format_version;
  Hash salt{};
  Offset offset;
  CurrencyTerms currency;
  std::vector<Steward> stewards;
  std::uint64_t threshold = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("currency", self.currency, "what its money is counted in");
    visit("format", self.format, "the format version of the ledger");
    visit("offset", self.offset, "the time zone that days and months are counted in");
    visit("salt", self.salt, "makes the DAO's id its own");
    visit("stewards", self.stewards, "who signs snapshots, ascending by name");
    visit("threshold", self.threshold, "how many of them must sign");
  }

  /// @error unsupported_version | bad_currency | too_many | conflict (names not ascending, a key twice) | bad_threshold
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_TRY(check_format(format));
    MIKOSHI_ASSIGN(Currency money, Currency::make(currency.code, currency.exponent));
    MIKOSHI_TRY(check_stewards(stewards, threshold));
    state.dao = Dao{1, envelope.leaf, offset, stewards, threshold};
    state.currency = std::move(money);
    return {};
  }
};

}  // namespace mikoshi
