// SPDX-License-Identifier: MIT
/// @file pins_test.cpp
/// Proves pins: what was seen is never forgotten, lowered or half there, also when the process is killed at any system call
/// or two processes pin at once; every damage of the file is named; a fork leaves evidence.

#include "pins.hpp"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "files.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

namespace fs = std::filesystem;

/// A folder for pins, below one that goes away with the test.
struct Place {
  fs::path root;
  std::string pins;
  Place() {
    std::string name = (fs::temp_directory_path() / "pins_test.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root = name;
    pins = (root / "state" / "pins").string();
  }
  ~Place() { fs::remove_all(root); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] fs::path file(const Hash& dao) const { return fs::path{pins} / (to_hex(dao) + ".json"); }
};

std::string read_all(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A ledger that grows, of which nobody here reads more than the first line.
struct Book {
  World first{world::dao_claim()};
  std::vector<std::string> lines{first.lines};

  explicit Book(std::initializer_list<const char*> more) { lines.insert(lines.end(), more.begin(), more.end()); }
  [[nodiscard]] Hash dao() const { return first.state().dao.id; }
  [[nodiscard]] LineSource source() const {
    return [this](const TakeLine& take) -> Status {
      for (const std::string& line : lines) MIKOSHI_TRY(take(line));
      return {};
    };
  }
  /// Of the first `size` lines.
  [[nodiscard]] std::string note(std::size_t size, std::initializer_list<std::uint8_t> signers = {1, 2}) const {
    MerkleLog log;
    for (std::size_t i = 0; i < size; ++i) log.append(leaf_hash(as_bytes(lines.at(i))));
    Note made{to_string(Checkpoint{origin_of(dao()), size, log.root()}), {}};
    for (const std::uint8_t n : signers)
      made.signatures.push_back(sign_note(std::string{world::steward_names.at(n - 1u)}, world::demo_key(n), made.text));
    return to_string(made);
  }
  [[nodiscard]] Result<Seen> ledger(const Place& place, std::size_t size) const {
    return see_ledger(place.pins, dao(), note(size), source());
  }
  [[nodiscard]] ReceiptBody receipt() const {
    ReceiptBody body;
    body.dao = lines.front();
    return body;
  }
  [[nodiscard]] Result<Seen> receipt(const Place& place, std::size_t size) const {
    return see_receipt(place.pins, dao(), note(size), receipt());
  }
};

std::string said(const Result<Seen>& seen) {
  if (!seen) return std::string{name(seen.error().code)};
  const char* const words[] = {"first", "same", "extends", "unchecked"};
  return words[static_cast<int>(seen->sight)] + std::string{seen->forgetting ? " unwritten" : ""};
}

/// The sizes that are remembered.
std::vector<std::uint64_t> sizes(const Place& place, const Hash& dao) {
  std::vector<std::uint64_t> sizes;
  const auto pin = parse_pin(read_all(place.file(dao)), dao);
  REQUIRE(pin);
  for (const std::string& note : pin->notes) sizes.push_back(parse_checkpoint(parse_note(note)->text)->size);
  return sizes;
}
using Sizes = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("pins: a ledger is held against what was seen, and never lowers it") {
  const Place place;
  const Book book{"a", "b", "c", "d", "e", "f"};
  CHECK(said(book.ledger(place, 3)) == "first");
  CHECK(said(book.ledger(place, 3)) == "same");
  CHECK(said(book.ledger(place, 5)) == "extends");
  CHECK(book.ledger(place, 5)->size == 5);
  CHECK(said(book.ledger(place, 3)) == "rollback");
  CHECK(sizes(place, book.dao()) == Sizes{5});
  CHECK(said(book.ledger(place, 6)) == "extends");
  CHECK(sizes(place, book.dao()) == Sizes{6});
  struct stat info {};
  REQUIRE(::stat(place.file(book.dao()).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat(place.pins.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("pins: receipts are remembered until a ledger shows that they are of one history") {
  const Place place;
  const Book book{"a", "b", "c", "d", "e", "f"};
  CHECK(said(book.receipt(place, 3)) == "first");
  CHECK(said(book.receipt(place, 2)) == "unchecked");  // an older month: fine, and not gathered
  CHECK(said(book.receipt(place, 6)) == "unchecked");
  CHECK(said(book.receipt(place, 5)) == "unchecked");
  CHECK(said(book.receipt(place, 5)) == "same");
  CHECK(sizes(place, book.dao()) == Sizes{3, 5, 6});
  CHECK(said(book.ledger(place, 5)) == "rollback");
  CHECK(sizes(place, book.dao()) == Sizes{3, 5, 6});
  CHECK(said(book.ledger(place, 7)) == "extends");
  CHECK(sizes(place, book.dao()) == Sizes{7});
}

TEST_CASE("pins: no more than 64 receipts wait, and every one is still checked against them") {
  const Place place;
  Book book{};
  for (int i = 0; i < 80; ++i) book.lines.push_back("line " + std::to_string(i));
  for (std::size_t size = 1; size <= 70; ++size) REQUIRE(book.receipt(place, size));
  CHECK(sizes(place, book.dao()).size() == pin_notes_max);
  Book fork = book;
  fork.lines[1] = "another";
  CHECK(said(fork.receipt(place, 30)) == "equivocation");
  CHECK(said(book.ledger(place, 80)) == "extends");
}

TEST_CASE("pins: another history is refused, with evidence that anybody can check alone") {
  const Book book{"a", "b", "c", "d"}, fork{"a", "x", "c", "d", "e"};
  struct Row {
    std::function<Result<Seen>(const Place&)> before, after;
    std::size_t smaller, larger;
  };
  const std::vector<Row> rows = {
      {[&](const Place& p) { return book.ledger(p, 4); }, [&](const Place& p) { return fork.ledger(p, 4); }, 4, 4},
      {[&](const Place& p) { return book.ledger(p, 4); }, [&](const Place& p) { return fork.ledger(p, 6); }, 4, 6},
      {[&](const Place& p) { return book.ledger(p, 4); }, [&](const Place& p) { return fork.receipt(p, 4); }, 4, 4},
      {[&](const Place& p) { return book.receipt(p, 4); }, [&](const Place& p) { return fork.receipt(p, 4); }, 4, 4},
      {[&](const Place& p) { return book.receipt(p, 3); }, [&](const Place& p) { return fork.ledger(p, 5); }, 3, 5},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const Place place;
    REQUIRE(said(rows[i].before(place)) == "first");
    const std::string pin = read_all(place.file(book.dao()));
    const auto answer = rows[i].after(place);
    REQUIRE(said(answer) == "equivocation");
    CHECK(answer.error().what.find("abe, mori") == 0);
    CHECK(read_all(place.file(book.dao())) == pin);  // the first history stays
    const auto evidence = parse_evidence(read_all(answer.error().where));
    REQUIRE(evidence);
    const auto found = verify_evidence(*evidence);
    REQUIRE(found);
    CHECK(found->smaller.size == rows[i].smaller);
    CHECK(found->larger.size == rows[i].larger);
    CHECK(found->both.size() == 2);
    // Again: the same file, and it is listed.
    CHECK(rows[i].after(place).error().where == answer.error().where);
    CHECK(read_pins(place.pins)->evidence == std::vector<std::string>{answer.error().where});
  }
  // A receipt of another size does not show it, but the next ledger of either history does.
  const Place place;
  CHECK(said(book.ledger(place, 3)) == "first");
  CHECK(said(fork.receipt(place, 5)) == "unchecked");
  CHECK(said(book.ledger(place, 5)) == "equivocation");
  CHECK(said(fork.ledger(place, 6)) == "equivocation");
}

TEST_CASE("pins: where nobody signed both, it is said that nobody can be accused") {
  const Place place;
  const Book book{"a", "b"}, fork{"a", "x"};
  REQUIRE(see_ledger(place.pins, book.dao(), book.note(3, {1}), book.source()));
  const auto answer = see_ledger(place.pins, fork.dao(), fork.note(3, {2, 3}), fork.source());
  REQUIRE(said(answer) == "equivocation");
  CHECK(answer.error().what.find("no steward signed both") != std::string::npos);
  CHECK(answer.error().where.empty());
  CHECK(read_pins(place.pins)->evidence.empty());
}

TEST_CASE("pins: a ledger that changes while it is read is not held for the verified one") {
  const Place place;
  const Book book{"a", "b", "c"}, other{"a", "b", "x"};
  REQUIRE(book.ledger(place, 2));
  CHECK(world::code_of(see_ledger(place.pins, book.dao(), book.note(4), other.source())) == "root_mismatch");
  CHECK(sizes(place, book.dao()) == Sizes{2});
}

TEST_CASE("pins: every single bit of a pin, flipped, and every cut of it is named, and the file with it") {
  const Place place;
  const Book book{"a", "b", "c", "d", "e"};
  REQUIRE(book.receipt(place, 3));
  REQUIRE(book.receipt(place, 5));
  const std::string good = read_all(place.file(book.dao()));
  std::size_t passed = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1u << (bit % 8)));
    passed += parse_pin(flipped, book.dao()) ? 1 : 0;
  }
  for (std::size_t size = 0; size < good.size(); ++size) passed += parse_pin(good.substr(0, size), book.dao()) ? 1 : 0;
  CHECK(passed == 0);
  CHECK(!parse_pin(good + "\n", book.dao()));
  CHECK(!parse_pin(good, Hash{}));
  CHECK(to_string(parse_pin(good, book.dao()).value()) == good);
  Pin pin = parse_pin(good, book.dao()).value();
  std::swap(pin.notes[0], pin.notes[1]);
  CHECK(!parse_pin(to_string(pin), book.dao()));
  pin.notes.clear();
  CHECK(!parse_pin(to_string(pin), book.dao()));
  pin.notes = {Book{"z"}.note(2)};
  CHECK(parse_pin(to_string(pin), book.dao()));
  pin.notes = {"x"};
  CHECK(!parse_pin(to_string(pin), book.dao()));
  pin.dao = Hash{};
  CHECK(!parse_pin(to_string(pin), Hash{}));

  for (const std::string& bad : {std::string{}, std::string{"{}\n"}, good.substr(0, 100), good + good}) {
    std::ofstream{place.file(book.dao()), std::ios::binary} << bad;
    for (const auto& answer : {book.ledger(place, 6), book.receipt(place, 6)}) {
      REQUIRE(said(answer) == "bad_pin");
      CHECK(answer.error().where == place.file(book.dao()).string());
    }
    CHECK(world::code_of(read_pins(place.pins)) == "bad_pin");
    CHECK(read_all(place.file(book.dao())) == bad);  // nothing is mended silently
  }
  REQUIRE(forget_pin(place.pins, book.dao()));
  CHECK(said(book.ledger(place, 6)) == "first");
  REQUIRE(forget_pin(place.pins, book.dao()));
  CHECK(world::code_of(forget_pin(place.pins, book.dao())) == "no_such_store");
  fs::create_directory(place.file(book.dao()));
  CHECK(said(book.ledger(place, 6)) == "not_regular_file");
}

TEST_CASE("pins: where nothing can be written, what was seen still counts, and the answer says that this is forgotten") {
  const Book book{"a", "b", "c", "d", "e"};
  const Place place;
  REQUIRE(book.ledger(place, 3));
  CHECK(said(see_ledger("", book.dao(), book.note(3), book.source())) == "first unwritten");
  CHECK(said(see_ledger("/proc/nowhere/pins", book.dao(), book.note(3), book.source())) == "first unwritten");
  CHECK(said(see_receipt("/dev/null", book.dao(), book.note(3), book.receipt())) == "first unwritten");
  CHECK(read_pins("/dev/null/pins")->pins.empty());
  CHECK(read_pins("")->pins.empty());
  // A folder in which no file can be made: whoever runs this may be root, whom a mode does not stop; a limit does.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const bool right = said(book.ledger(place, 3)) == "same" && said(book.ledger(place, 5)) == "extends unwritten" &&
                       said(book.ledger(place, 2)) == "rollback";
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(sizes(place, book.dao()) == Sizes{3});
}

namespace {

/// Runs `work` in a process that is killed when it enters or leaves its `count`-th system call. False: it ended before.
template <class Work>
bool killed_at(int count, Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(99);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));  // else this machine lets nobody be traced
  for (int stop = 0;; ++stop) {
    if (stop == count) {
      ::kill(child, SIGKILL);
      REQUIRE(::waitpid(child, &status, 0) == child);
      return true;
    }
    REQUIRE(::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0);
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) return false;
    REQUIRE(WIFSTOPPED(status));
  }
}

}  // namespace

TEST_CASE("pins: killed at any system call, the old pin is there or the new one, whole, and the next one goes on") {
  const Book book{"a", "b", "c", "d", "e"};
  int points = 0, old_ones = 0, new_ones = 0;
  for (;; ++points) {
    CAPTURE(points);
    const Place place;
    REQUIRE(book.ledger(place, 3));
    if (!killed_at(points, [&] { static_cast<void>(book.ledger(place, 5)); })) break;
    const Sizes left = sizes(place, book.dao());
    const bool is_new = left == Sizes{5};
    CHECK((is_new || left == Sizes{3}));
    (is_new ? new_ones : old_ones) += 1;
    CHECK(said(book.ledger(place, 5)) == (is_new ? "same" : "extends"));  // no lock is left, and no file in the way
    CHECK(read_pins(place.pins)->pins.size() == 1);
    CHECK(said(book.ledger(place, 4)) == "rollback");
  }
  CHECK(points > 20);
  CHECK(old_ones > 5);
  CHECK(new_ones > 2);
  std::printf("pins_test: killed at %d points\n", points);
  // The first pin of all, with its folders.
  for (int point = 0;; ++point) {
    CAPTURE(point);
    const Place place;
    if (!killed_at(point, [&] { static_cast<void>(book.ledger(place, 3)); })) break;
    const std::string answer = said(book.ledger(place, 3));
    CHECK((answer == "first" || answer == "same"));
  }
}

TEST_CASE("pins: of many processes at once, the highest stays, whatever their order") {
  Book book{};
  for (int i = 0; i < 40; ++i) book.lines.push_back("line " + std::to_string(i));
  for (int round = 0; round < 10; ++round) {
    const Place place;
    std::vector<pid_t> children;
    for (std::size_t who = 0; who < 8; ++who) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        bool right = true;
        for (std::size_t size = 1 + who; size <= 40; size += 1 + who % 3) {
          const std::string answer = said(book.ledger(place, size));
          right = right && (answer == "first" || answer == "same" || answer == "extends" || answer == "rollback");
        }
        ::_exit(right ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    CHECK(sizes(place, book.dao()) == Sizes{40});
    CHECK(std::distance(fs::directory_iterator{place.pins}, fs::directory_iterator{}) == 1);
  }
}

TEST_CASE("pins: where they are kept") {
  const auto place = [](const char* own, const char* state, const char* home) {
    const auto set = [](const char* name, const char* value) {
      return value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
    };
    REQUIRE((set("MIKOSHI_PINS", own) == 0 && set("XDG_STATE_HOME", state) == 0 && set("HOME", home) == 0));
    return pins_place();
  };
  CHECK(place("here", "/state", "/home/mio") == "here");
  CHECK(place(nullptr, "/state", "/home/mio") == "/state/mikoshi/pins");
  CHECK(place("", "/state", "/home/mio") == "/state/mikoshi/pins");
  CHECK(place(nullptr, "state", "/home/mio") == "/home/mio/.local/state/mikoshi/pins");
  CHECK(place(nullptr, nullptr, "/home/mio") == "/home/mio/.local/state/mikoshi/pins");
  CHECK(place(nullptr, nullptr, "mio").empty());
  CHECK(place(nullptr, nullptr, nullptr).empty());
}
