// SPDX-License-Identifier: MIT
/// The folder store: what was confirmed is there, nothing half is, and whatever lies in the folder is looked at first.
#include "catch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "mikoshi/store/folder.hpp"

using namespace mikoshi;
namespace fs = std::filesystem;

namespace {

/// A folder that is gone at the end.
class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "mikoshi-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { fs::remove_all(path_); }
  [[nodiscard]] std::string dao() const { return (path_ / "dao").string(); }
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void put(const std::string& path, std::string_view text) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << text;
  REQUIRE(file.good());
}

void add(const std::string& path, std::string_view text) {
  std::ofstream file{path, std::ios::binary | std::ios::app};
  file << text;
  REQUIRE(file.good());
}

template <class T>
std::string code(const Result<T>& result) {
  return result ? "ok" : std::string{name(result.error().code)};
}

/// A ledger that events are added to, and the lines that are not in a store yet.
struct Book {
  Ledger ledger;
  std::vector<std::string> lines;

  void take(const Event& event) {
    Envelope envelope;
    envelope.at = *Timestamp::parse("2024-03-01T00:00:00Z");
    envelope.seq = ledger.state.next_seq;
    lines.push_back(encode_line(envelope, event));
    REQUIRE(code(take_line(ledger, lines.back())) == "ok");
  }
  void start() {
    DaoStart dao;
    dao.currency = {"JPY", 0};
    dao.stewards.push_back(Steward{*StewardId::parse("mori"), PublicKey{}});
    dao.threshold = 1;
    take(dao);
  }
  void join(std::size_t number) { take(MemberJoin{*MemberId::parse("m" + std::to_string(number)), std::nullopt}); }

  [[nodiscard]] Status append_to(Store& store) {
    const std::vector<std::string> batch = std::exchange(lines, {});
    return store.append(store.head(), batch, head_of(ledger));
  }
};

/// A DAO with its first line and `members` members.
Book make_dao(const std::string& path, std::size_t members = 3) {
  Book book;
  book.start();
  for (std::size_t i = 1; i <= members; ++i) book.join(i);
  const std::vector<std::string> lines = std::exchange(book.lines, {});
  REQUIRE(code(create_folder(path, lines, head_of(book.ledger), {{"salt", "secret\n"}})) == "ok");
  return book;
}

std::unique_ptr<Store> opened(const std::string& path, Access access) {
  auto store = open_folder(path, access);
  REQUIRE(code(store) == "ok");
  return std::move(*store);
}

std::size_t members_in(const std::string& path) {
  const auto store = opened(path, Access::read);
  const auto ledger = load(*store);
  REQUIRE(code(ledger) == "ok");
  return ledger->state.members.rows.size();
}

/// "ok", or the first code that opening and reading the whole gives.
std::string reading(const std::string& path, Access access = Access::read) {
  const auto store = open_folder(path, access, 0);
  if (!store) return std::string{name(store.error().code)};
  return code(load(**store));
}

/// Runs `body` in a process of its own, without Catch; its exit code, or 128 + the signal that ended it.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("store: a new folder holds what it was made with, and modes do not depend on the umask") {
  const Place place;
  const mode_t before = ::umask(0777);
  const Book book = make_dao(place.dao());
  ::umask(before);
  const auto mode = [&](const char* name) {
    return static_cast<unsigned>(fs::status(place.dao() + name).permissions());
  };
  CHECK(mode("") == 0755);
  CHECK(mode("/private") == 0700);
  CHECK(mode("/private/salt") == 0600);
  CHECK(mode("/snapshots") == 0755);
  CHECK(mode("/ledger.jsonl") == 0644);
  CHECK(content(place.dao() + "/private/salt") == "secret\n");
  CHECK(members_in(place.dao()) == 3);
  const auto store = opened(place.dao(), Access::read);
  CHECK(store->head() == head_of(book.ledger));
  CHECK(store->leftover_bytes() == 0);
  CHECK(store->snapshots()->empty());
  CHECK(std::distance(fs::directory_iterator{place.at("")}, fs::directory_iterator{}) == 1);
}

TEST_CASE("store: a folder is made where nothing is, or an empty folder, and nowhere else") {
  const Place place;
  Book book;
  book.start();
  const auto make = [&](const std::string& path) {
    return code(create_folder(path, book.lines, head_of(book.ledger)));
  };
  fs::create_directory(place.at("empty"));
  CHECK(make(place.at("empty")) == "ok");
  CHECK(make(place.at("empty")) == "exists");
  CHECK(make(place.at("slash") + "/") == "ok");
  fs::create_directory(place.at("full"));
  put(place.at("full") + "/mine", "mine");
  CHECK(make(place.at("full")) == "exists");
  CHECK(content(place.at("full") + "/mine") == "mine");
  put(place.at("file"), "mine");
  CHECK(make(place.at("file")) == "exists");
  fs::create_symlink(place.at("file"), place.at("link"));
  CHECK(make(place.at("link")) == "exists");
  CHECK(content(place.at("file")) == "mine");
  CHECK(make(place.at("none/dao")) == "write_failed");
  for (const auto& entry : fs::directory_iterator{place.at("")})
    CHECK(entry.path().filename().string().find(".new-") == std::string::npos);
}

TEST_CASE("store: what was appended is read again, line for line") {
  const Place place;
  Book book = make_dao(place.dao(), 0);
  std::vector<std::string> all = {content(place.dao() + "/ledger.jsonl")};
  all.front().pop_back();
  {
    const auto store = opened(place.dao(), Access::write);
    for (std::size_t round = 1; round <= 20; ++round) {
      for (std::size_t i = 0; i < round % 4 + 1; ++i) book.join(round * 100 + i);
      all.insert(all.end(), book.lines.begin(), book.lines.end());
      REQUIRE(code(book.append_to(*store)) == "ok");
      CHECK(store->head() == head_of(book.ledger));
    }
  }
  const auto store = opened(place.dao(), Access::read);
  std::vector<std::string> seen;
  REQUIRE(code(store->read([&](std::string_view line) -> Status {
            seen.emplace_back(line);
            return {};
          })) == "ok");
  CHECK(seen == all);
  CHECK(code(store->read([](std::string_view) { return Status{fail(Errc::conflict)}; })) == "conflict");
}

TEST_CASE("store: an append to another head than the present one is stale, and changes nothing") {
  const Place place;
  Book book = make_dao(place.dao());
  const auto store = opened(place.dao(), Access::write);
  const Head old = store->head();
  book.join(10);
  REQUIRE(code(book.append_to(*store)) == "ok");
  const std::string before = content(place.dao() + "/ledger.jsonl");
  book.join(11);
  CHECK(code(store->append(old, book.lines, head_of(book.ledger))) == "stale_head");
  CHECK(content(place.dao() + "/ledger.jsonl") == before);
  CHECK(code(book.append_to(*store)) == "ok");  // it is not dead: nothing was tried
  CHECK(members_in(place.dao()) == 5);
}

TEST_CASE("store: bytes beyond the head are reported, left by readers, and cut by the next append only") {
  const Place place;
  Book book = make_dao(place.dao());
  const std::string ledger = place.dao() + "/ledger.jsonl";
  const std::string before = content(ledger);
  for (const std::string_view junk :
       {std::string_view{"x"}, std::string_view{"{\"half\":"}, std::string_view{"\n\n\0\xff\n", 5}}) {
    put(ledger, before);
    add(ledger, junk);
    {
      const auto reader = opened(place.dao(), Access::read);
      CHECK(reader->leftover_bytes() == junk.size());
      CHECK(code(load(*reader)) == "ok");
    }
    CHECK(content(ledger) == before + std::string{junk});
    {
      const auto writer = opened(place.dao(), Access::write);
      CHECK(writer->leftover_bytes() == junk.size());
      CHECK(code(load(*writer)) == "ok");
    }
    CHECK(content(ledger) == before + std::string{junk});
  }
  const auto writer = opened(place.dao(), Access::write);
  book.join(77);
  const std::string line = book.lines.front();
  REQUIRE(code(book.append_to(*writer)) == "ok");
  CHECK(writer->leftover_bytes() == 0);
  CHECK(content(ledger) == before + line + "\n");
}

TEST_CASE("store: a second writer waits and is told that it is busy; readers come in") {
  const Place place;
  make_dao(place.dao());
  int ready[2], done[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(done) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = open_folder(place.dao(), Access::write);
    char c = store ? 'y' : 'n';
    if (::write(ready[1], &c, 1) != 1) ::_exit(1);
    ::close(done[1]);
    [[maybe_unused]] const ssize_t closed = ::read(done[0], &c, 1);
    ::_exit(0);
  }
  char c = 0;
  REQUIRE(::read(ready[0], &c, 1) == 1);
  REQUIRE(c == 'y');
  CHECK(code(open_folder(place.dao(), Access::write, 0)) == "busy");
  CHECK(code(open_folder(place.dao(), Access::write, 60)) == "busy");
  CHECK(reading(place.dao()) == "ok");
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(code(open_folder(place.dao(), Access::write, 0)) == "ok");  // a killed writer leaves no lock behind
  for (const int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
}

TEST_CASE("store: what is missing or is no ledger is named, and nothing hangs") {
  const Place place;
  make_dao(place.dao());
  const std::string ledger = place.dao() + "/ledger.jsonl";
  const std::string head = place.dao() + "/head";
  const std::string lines = content(ledger);
  const std::string head_text = content(head);
  for (const Access access : {Access::read, Access::write}) {
    CHECK(reading(place.at("none"), access) == "no_such_store");
    CHECK(reading(ledger, access) == "not_a_store");
    CHECK(reading(place.at(""), access) == "not_a_store");

    fs::rename(ledger, place.at("kept"));
    CHECK(reading(place.dao(), access) == "not_a_store");
    fs::create_symlink(place.at("kept"), ledger);
    CHECK(reading(place.dao(), access) == "not_regular_file");
    fs::remove(ledger);
    REQUIRE(::mkfifo(ledger.c_str(), 0644) == 0);
    CHECK(reading(place.dao(), access) == "not_regular_file");
    fs::remove(ledger);
    fs::create_directory(ledger);
    CHECK(reading(place.dao(), access) == "not_regular_file");
    fs::remove(ledger);
    fs::create_symlink("/dev/zero", ledger);
    CHECK(reading(place.dao(), access) == "not_regular_file");
    fs::remove(ledger);
    put(ledger, "");
    CHECK(reading(place.dao(), access) == "store_corrupt");
    fs::remove(ledger);
    fs::rename(place.at("kept"), ledger);

    fs::remove(head);
    CHECK(reading(place.dao(), access) == "not_a_store");
    REQUIRE(::mkfifo(head.c_str(), 0644) == 0);
    CHECK(reading(place.dao(), access) == "not_regular_file");
    fs::remove(head);
    put(head, std::string(5000, ' '));
    CHECK(reading(place.dao(), access) == "too_large");
    put(head, head_text);
    CHECK(reading(place.dao(), access) == "ok");
  }
  CHECK(content(ledger) == lines);
}

TEST_CASE("store: every shorter ledger and every flipped bit of it is refused") {
  const Place place;
  make_dao(place.dao());
  const std::string ledger = place.dao() + "/ledger.jsonl";
  const std::string lines = content(ledger);
  for (std::size_t length = 0; length < lines.size(); ++length) {
    fs::resize_file(ledger, length);
    REQUIRE(reading(place.dao()) == "store_corrupt");
    put(ledger, lines);
  }
  for (std::size_t bit = 0; bit < lines.size() * 8; ++bit) {
    std::string other = lines;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    put(ledger, other);
    REQUIRE(reading(place.dao()) != "ok");
  }
  put(ledger, lines);
  CHECK(reading(place.dao()) == "ok");
}

TEST_CASE("store: every shorter head, every flipped bit of it, and every longer one is refused") {
  const Place place;
  Book book = make_dao(place.dao());
  const std::string head = place.dao() + "/head";
  const std::string text = content(head);
  const std::string lines = content(place.dao() + "/ledger.jsonl");
  for (std::size_t length = 0; length < text.size(); ++length) {
    put(head, text.substr(0, length));
    REQUIRE(reading(place.dao()) == "store_corrupt");
  }
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    put(head, other);
    INFO(other);
    REQUIRE(reading(place.dao()) != "ok");
    REQUIRE(reading(place.dao(), Access::write) != "ok");
  }
  for (const std::string_view more : {"\n", " ", "x", "{}\n"}) {
    put(head, text + std::string{more});
    CHECK(reading(place.dao()) == "store_corrupt");
  }
  for (const std::string_view other :
       {"{}\n", "[]\n", "null\n", "{\"bytes\":9007199254740991,\"root\":\"\",\"seq\":9007199254740991}\n",
        "{\"bytes\":-1}\n"}) {
    put(head, other);
    CHECK(reading(place.dao()) == "store_corrupt");
  }
  CHECK(content(place.dao() + "/ledger.jsonl") == lines);
  put(head, text);
  CHECK(reading(place.dao()) == "ok");
}

TEST_CASE("store: snapshots are kept by size, replaced in one step, and looked at before they are read") {
  const Place place;
  make_dao(place.dao());
  const auto store = opened(place.dao(), Access::write);
  CHECK(code(store->put_snapshot(12, "twelve")) == "ok");
  CHECK(code(store->put_snapshot(3, "three")) == "ok");
  CHECK(code(store->put_snapshot(12, "twelve again")) == "ok");
  for (const char* stray : {"x.note", "03.note", "-1.note", "18446744073709551616.note", "5.txt", ".note"})
    put(place.dao() + "/snapshots/" + stray, "stray");
  CHECK(*store->snapshots() == std::vector<std::uint64_t>{3, 12});
  CHECK(*store->snapshot(12) == "twelve again");
  CHECK(code(store->snapshot(4)) == "no_snapshot");
  REQUIRE(::mkfifo((place.dao() + "/snapshots/7.note").c_str(), 0644) == 0);
  CHECK(code(store->snapshot(7)) == "not_regular_file");
  fs::remove_all(place.dao() + "/snapshots");
  CHECK(store->snapshots()->empty());
}

TEST_CASE("store: a file that may not grow ends the append, the object, and nothing else") {
  const Place place;
  Book book = make_dao(place.dao(), 40);
  const std::string before = content(place.dao() + "/ledger.jsonl");
  const auto run = [&](std::uint64_t more) {
    return in_child([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      const auto store = open_folder(place.dao(), Access::write);
      if (!store) return 1;
      Book own = book;
      for (std::size_t i = 0; i < 5; ++i) {
        Envelope envelope;
        envelope.at = *Timestamp::parse("2024-03-01T00:00:00Z");
        envelope.seq = own.ledger.state.next_seq;
        own.lines.push_back(encode_line(envelope, MemberJoin{*MemberId::parse("x" + std::to_string(i)), std::nullopt}));
        if (!take_line(own.ledger, own.lines.back())) return 2;
      }
      const Head head = (*store)->head();
      const std::vector<std::string> batch = own.lines;
      const rlimit limit{before.size() + more, before.size() + more};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      const Status first = (*store)->append(head, batch, head_of(own.ledger));
      if (first) return 10;
      if (exit_code(first.error().code) != 41 && exit_code(first.error().code) != 42) return 3;
      const Status second = (*store)->append(head, batch, head_of(own.ledger));
      if (second || second.error().code != Errc::store_io) return 4;
      if ((*store)->read([](std::string_view) { return Status{}; })) return 5;
      return 0;
    });
  };
  for (const std::uint64_t more : {0, 1, 50, 200}) {
    CHECK(run(more) == 0);
    CHECK(content(place.dao() + "/ledger.jsonl").substr(0, before.size()) == before);
    CHECK(members_in(place.dao()) == 40);
  }
  CHECK(run(100000) == 10);  // the control: with room enough the same append goes through
  CHECK(members_in(place.dao()) == 45);
}

TEST_CASE("store: a file left by a killed process of the same number does not stand in the way") {
  const Place place;
  Book book = make_dao(place.dao());
  const int outcome = in_child([&] {
    const std::string stale = place.dao() + "/head.new-" + std::to_string(::getpid());
    for (const char* end : {"", "-0", "-1"}) {
      const int file = ::open((stale + end).c_str(), O_CREAT | O_WRONLY, 0644);
      if (file >= 0) ::close(file);
    }
    const auto store = open_folder(place.dao(), Access::write);
    if (!store) return 1;
    Envelope envelope;
    envelope.at = *Timestamp::parse("2024-03-01T00:00:00Z");
    envelope.seq = book.ledger.state.next_seq;
    book.lines.push_back(encode_line(envelope, MemberJoin{*MemberId::parse("late"), std::nullopt}));
    if (!take_line(book.ledger, book.lines.back())) return 2;
    return book.append_to(**store) ? 0 : 3;
  });
  CHECK(outcome == 0);
  CHECK(members_in(place.dao()) == 4);
}

namespace {

/// Appends members one after the other, and says each number on `report` once the store has confirmed it.
[[noreturn]] void append_for_ever(const std::string& path, Book book, std::size_t next, int report) {
  const auto store = open_folder(path, Access::write);
  if (!store) ::_exit(1);
  for (;; ++next) {
    Envelope envelope;
    envelope.at = *Timestamp::parse("2024-03-01T00:00:00Z");
    envelope.seq = book.ledger.state.next_seq;
    book.lines.push_back(encode_line(envelope, MemberJoin{*MemberId::parse("m" + std::to_string(next)), std::nullopt}));
    if (!take_line(book.ledger, book.lines.back()) || !book.append_to(**store)) ::_exit(2);
    const auto said = static_cast<std::uint32_t>(next);
    if (::write(report, &said, sizeof said) != sizeof said) ::_exit(3);
  }
}

}  // namespace

TEST_CASE("store: after kill -9 at any moment everything confirmed is there, and nothing half") {
  const Place place;
  make_dao(place.dao(), 0);
  std::mt19937 random{20240301};
  std::size_t confirmed = 0, unconfirmed_but_there = 0;
  int round = 0;
  for (; round < 60 || (confirmed <= 60 && round < 3000); ++round) {  // a busy machine appends less in a round
    Book book;
    {
      const auto store = opened(place.dao(), Access::read);
      auto ledger = load(*store);
      REQUIRE(code(ledger) == "ok");
      book.ledger = std::move(*ledger);
    }
    int said[2];
    REQUIRE(::pipe(said) == 0);
    const std::size_t next = book.ledger.state.members.rows.size() + 1;
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(said[0]);
      append_for_ever(place.dao(), std::move(book), next, said[1]);
    }
    ::close(said[1]);
    ::usleep(static_cast<useconds_t>(random() % 20000));
    ::kill(child, SIGKILL);
    std::uint32_t last = 0, number = 0;
    while (::read(said[0], &number, sizeof number) == sizeof number) last = number;
    ::close(said[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    confirmed = std::max<std::size_t>(confirmed, last);
    const std::size_t there = members_in(place.dao());  // loads the whole: lines, state, root
    REQUIRE(there >= confirmed);
    REQUIRE(there <= std::max(confirmed, next - 1) + 1);
    unconfirmed_but_there += there > std::max(confirmed, next - 1) ? 1 : 0;
    confirmed = there;
  }
  WARN(confirmed << " appends in " << round << " rounds; " << unconfirmed_but_there << " there though never confirmed");
  CHECK(confirmed > 60);

  // The control: a store that lost its last line, or its head's last step, does not pass the same look.
  const std::string ledger = place.dao() + "/ledger.jsonl";
  const std::string lines = content(ledger);
  const std::string head = content(place.dao() + "/head");
  fs::resize_file(ledger, opened(place.dao(), Access::read)->head().bytes - 1);
  CHECK(reading(place.dao()) == "store_corrupt");
  put(ledger, lines);
  Book book;
  {
    const auto store = opened(place.dao(), Access::write);
    book.ledger = *load(*store);
    book.join(confirmed + 1);
    REQUIRE(code(book.append_to(*store)) == "ok");
  }
  put(place.dao() + "/head", head);  // as if the commit had been confirmed before it was durable
  CHECK(members_in(place.dao()) == confirmed);
  CHECK_FALSE(members_in(place.dao()) >= confirmed + 1);
}
