// SPDX-License-Identifier: MIT
#pragma once
/// What the stories system_01 … share: a community whose ledger grows line by line, tells what happens, and ends the program at
/// the first thing that is not as told.
///
/// It is also the shortest way to use the library, in system_story.cpp: `says` is all that a backend does with what comes in,
/// `draft` and `snapshot` are its month, `signed_by` is what a member's wallet does, and `verify` is what anybody does who trusts
/// nobody.

#include <cstdint>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mikoshi/mikoshi.hpp>

namespace story {

using namespace mikoshi;

[[noreturn]] void surprise(const std::string& what);

/// What somebody hands in: JSON, or the text of it, where ' may stand for ".
struct Claim {
  Json json;
  Claim(const char* text) : Claim(std::string{text}) {}
  Claim(std::string text);
  Claim(Json made) : json(std::move(made)) {}
};

/// `member` said it in the chat, and the operator passes it on with the hash of the message.
Json relayed(const std::string& member, const Claim& claim);

/// "2026-04-10", its first second in UTC, or a whole "2026-04-10T15:00:00Z".
Timestamp time(std::string_view text);
/// SHA-256, for what stands in the ledger as its hash.
std::string sha(std::string_view text);

/// The secret of demo key n is the byte n, 32 times: everybody knows it, so it is good for stories only.
SecretKey demo_key(std::uint8_t n);
/// Its public half as a member's key, of either sort.
std::string bip340(const SecretKey& key);
std::string wallet(const SecretKey& key);
/// Stewards as JSON: their names, ascending, and their demo keys.
std::string stewards(std::initializer_list<std::pair<const char*, std::uint8_t>> named);

class Story {
 public:
  Ledger ledger;
  std::vector<std::string> lines;  ///< what stands in the file, without newlines

  /// A community that counts in yen, with three stewards, abe, mori and sato (demo keys 1, 2 and 3), of whom two sign.
  explicit Story(const std::string& title, const std::string& offset = "+00:00");

  /// It is `when` now (the day is told as the community counts it), and this is what happens.
  void day(std::string_view when, std::string_view what);

  /// Lines that nothing is wrong with.
  template <class... Claims>
  void says(const Claims&... claims) {
    (add(claims), ...);
  }
  /// A line that must be refused by this name, and change nothing.
  void refused(Errc code, const Claim& claim);
  /// The same claim again, as a program sends it that crashed before it read the answer: the first receipt, and no line.
  void repeats(const Claim& claim);

  /// `member` says it alone, and signs: with the member's next nonce, good for a day. A wallet shows typed data, an old one the
  /// bare text.
  enum class Key : std::uint8_t { bip340, wallet, old_wallet };
  [[nodiscard]] Json signed_by(const std::string& member, const SecretKey& key, const Claim& claim, Key sort = Key::bip340) const;

  /// The draft that the library gives for a month.
  [[nodiscard]] Json draft_of(std::string_view month) const;
  /// Drafts a month. @return the draft's id.
  std::string draft(std::string_view month);
  void approve(const std::string& draft) { add("{'kind':'approve','draft':'" + draft + "'}"); }
  /// Drafts and approves a month, where nobody has to wait.
  void close(std::string_view month) { approve(draft(month)); }

  /// States what was approved, and has it signed by stewards of `dao`. @return the snapshot, a text to publish.
  std::string snapshot(std::initializer_list<std::uint8_t> signers) { return snapshot(signers, ledger.state.dao); }
  std::string snapshot(std::initializer_list<std::uint8_t> signers, const Dao& dao);
  /// What anybody finds who has the lines and the snapshot, and nothing else: "ok", or the name of what is wrong.
  [[nodiscard]] std::string verify(const std::string& snapshot) const;

  /// Where somebody stands: minor units, or the number of live tickets or units of a class.
  [[nodiscard]] Members::Index index(const std::string& member) const;
  [[nodiscard]] std::string owed(const std::string& member) const;
  [[nodiscard]] std::string purse(const std::string& account) const;
  [[nodiscard]] std::string holds(const std::string& member, const std::string& type) const;

  void is_owed(const std::string& member, const std::string& yen) const { expect(member + " is owed", owed(member), yen); }
  void expect(const std::string& what, const std::string& got, const std::string& wanted) const;

  /// The last page: stewards sign, and the whole ledger is checked again from its text alone. @return 0, for main.
  int end(std::initializer_list<std::uint8_t> signers = {1, 2});

 private:
  Result<Entry> submit(const Claim& claim);
  void add(const Claim& claim);
  /// What a line could change and somebody could see, in one text.
  [[nodiscard]] std::string print() const;

  Timestamp now_;
  int refusals_ = 0;
};

}  // namespace story
