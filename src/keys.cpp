// SPDX-License-Identifier: MIT
#include "keys.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "files.hpp"
#include "mikoshi/crypto/key_file.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

constexpr std::size_t password_bytes_max = 1024;

/// A password in memory that is wiped at the end.
class Password {
 public:
  Password() = default;
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
  ~Password() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  /// Reads up to the first newline or the end. @error no_tty (it cannot be read) | bad_password (over 1024 bytes)
  Status read_line(int descriptor) {
    size_ = 0;
    for (;;) {
      char c = 0;
      const ssize_t got = ::read(descriptor, &c, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(Errc::no_tty, wording<Word::password_unreadable>(reworded(std::strerror(errno))));
      if (got == 0 || c == '\n') return {};
      if (size_ == bytes_.size()) return fail(Errc::bad_password, wording<Word::password_too_long>());
      bytes_[size_++] = c;
    }
  }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, password_bytes_max> bytes_{};
  std::size_t size_ = 0;
};

termios terminal_shown{};
volatile std::sig_atomic_t terminal_number = -1;

/// Shows typed letters again, then lets the signal do what it does.
void on_signal_while_asking(int signal) {
  if (terminal_number >= 0) ::tcsetattr(terminal_number, TCSANOW, &terminal_shown);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

Status ask(Password& password, const std::string& prompt) {
  const Descriptor terminal{::open("/dev/tty", O_RDWR | O_CLOEXEC)};
  if (!terminal || ::tcgetattr(terminal.number(), &terminal_shown) != 0) return fail(Errc::no_tty);
  termios hidden = terminal_shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (!write_all(terminal.number(), prompt)) return fail(Errc::no_tty);
  constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};
  terminal_number = terminal.number();
  for (const int signal : signals) ::signal(signal, on_signal_while_asking);
  ::tcsetattr(terminal.number(), TCSAFLUSH, &hidden);
  const Status status = password.read_line(terminal.number());
  ::tcsetattr(terminal.number(), TCSAFLUSH, &terminal_shown);
  for (const int signal : signals) ::signal(signal, SIG_DFL);
  terminal_number = -1;
  if (!write_all(terminal.number(), "\n")) return fail(Errc::no_tty);
  return status;
}

Status obtain(Password& password, const PasswordSource& source, const std::string& prompt) {
  if (!source.descriptor) return ask(password, prompt);
  return password.read_line(*source.descriptor);
}

/// Keeps keys out of core dumps and away from other processes of the same user.
void harden_process() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// A key file that others can read or replace is refused. @error insecure_permissions | no_such_store | not_regular_file
Status check_permissions(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return fail(Errc::no_such_store, std::strerror(errno), path);
  if (S_ISLNK(info.st_mode)) return fail(Errc::insecure_permissions, wording<Word::key_is_link>(), path);
  if (!S_ISREG(info.st_mode)) return fail(Errc::not_regular_file, {}, path);
  if (info.st_uid != ::geteuid()) return fail(Errc::insecure_permissions, wording<Word::key_of_somebody_else>(), path);
  if ((info.st_mode & 077) != 0) return fail(Errc::insecure_permissions, wording<Word::key_readable>(), path);
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (::stat(folder.c_str(), &info) != 0) return fail(Errc::no_such_store, std::strerror(errno), folder);
  if ((info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0)
    return fail(Errc::insecure_permissions, wording<Word::key_replaceable>(), path);
  return {};
}

struct SignedSnapshot {
  Hash root{};
  std::uint64_t size = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("root", self.root, "root signed");
    visit("size", self.size, "lines signed");
  }
};

std::string record_path(const std::string& key_path) { return key_path + ".signed"; }

/// Stands beside the DAOs in a record: the SHA-256 of all the rest. A record that is read wrong would let its steward sign a second
/// history, so damage has to show. Older records have none.
constexpr std::string_view record_digest = "sha256";

Hash digest_of(const Json& record) { return sha256(as_bytes(to_canonical(record))); }

/// What a key signed, by DAO, without the digest. @error bad_key_file
Result<Json> parse_record(std::string_view text, const std::string& path) {
  const auto damaged = [&] { return fail(Errc::bad_key_file, wording<Word::signed_record_damaged>(), path); };
  if (!text.ends_with('\n')) return damaged();
  auto record = parse_canonical(text.substr(0, text.size() - 1));
  if (!record || record->object() == nullptr) return damaged();
  if (const Json* found = record->find(record_digest)) {
    const Json digest = *found;
    record->erase(record_digest);
    if (digest.text() == nullptr || *digest.text() != to_hex(digest_of(*record))) return damaged();
  }
  for (const Json::Member& entry : *record->object())
    if (!parse_hash(entry.key)) return damaged();
  return record;
}

/// The record of what the key signed, with this snapshot in it. @error rollback | equivocation | bad_key_file
Result<std::string> next_record(const std::string& key_path, const Hash& dao, std::uint64_t size, const Hash& root,
                                const RootAt& root_at) {
  const std::string path = record_path(key_path);
  const std::string id = to_hex(dao);
  Json record;
  const auto text = read_file(path, json_bytes_max);
  if (!text && text.error().code != Errc::no_such_store) return Failure{text.error()};
  if (text) {
    MIKOSHI_ASSIGN(record, parse_record(*text, path));
  }
  if (const Json* before = record.find(id)) {
    const auto last = decode_fields<SignedSnapshot>(*before);
    if (!last) return fail(Errc::bad_key_file, wording<Word::signed_record_damaged>(), path);
    if (size < last->size) return fail(Errc::rollback, wording<Word::signed_more_before>(last->size, size));
    MIKOSHI_ASSIGN(const Hash same, root_at(last->size));
    if (same != last->root) return fail(Errc::equivocation, wording<Word::signed_other_before>(last->size));
  }
  Json entry;
  encode_fields(SignedSnapshot{root, size}, entry);
  record.set(id, std::move(entry));
  record.set(record_digest, to_hex(digest_of(record)));
  return to_canonical(record) + "\n";
}

}  // namespace

void fill_random(std::span<std::uint8_t> out) {
  MIKOSHI_CHECK(RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

Result<NewKey> make_key(KeySort sort, unsigned scrypt_log2, const PasswordSource& source) {
  harden_process();
  Password password;
  MIKOSHI_TRY(obtain(password, source, wording<Word::ask_new_password>()));
  if (password.text().empty()) return fail(Errc::usage, wording<Word::password_empty>());
  if (!source.descriptor) {
    Password again;
    MIKOSHI_TRY(ask(again, wording<Word::ask_again>()));
    if (again.text() != password.text()) return fail(Errc::usage, wording<Word::passwords_differ>());
  }
  detail::Wiped<Hash> secret;
  std::optional<StewardSecretKey> key;
  while (!key) {  // all but one in 2^128 are keys at once
    fill_random(*secret);
    if (sort == KeySort::ed25519) {
      key.emplace(Ed25519SecretKey::from_seed(*secret));
    } else if (auto made = SecretKey::from_bytes(*secret)) {
      key.emplace(std::move(*made));
    }
  }
  KeyFileSeed seed;
  fill_random(seed.salt);
  fill_random(seed.iv);
  MIKOSHI_ASSIGN(std::string text, encode_key_file(*key, password.text(), scrypt_log2, seed));
  return NewKey{key->public_key(), std::move(text)};
}

Result<StewardKey> create_key(const std::string& path, KeySort sort, unsigned scrypt_log2, const PasswordSource& source) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return fail(Errc::exists, {}, path);
  MIKOSHI_ASSIGN(const NewKey key, make_key(sort, scrypt_log2, source));
  MIKOSHI_TRY(create_file(path, key.text, Visibility::owner_only));
  return key.public_key;
}

Result<StewardKey> read_public_key(const std::string& path) {
  MIKOSHI_ASSIGN(const std::string text, read_file(path, key_file_bytes_max));
  return key_file_public_key(text);
}

Result<StewardSecretKey> load_key(const std::string& path, const PasswordSource& source) {
  harden_process();
  MIKOSHI_TRY(check_permissions(path));
  MIKOSHI_ASSIGN(const std::string text, read_file(path, key_file_bytes_max));
  MIKOSHI_TRY(key_file_public_key(text));  // a wrong file is named before a password is asked for
  Password password;
  MIKOSHI_TRY(obtain(password, source, wording<Word::ask_password>(path)));
  return decode_key_file(text, password.text());
}

Status check_signing(const std::string& key_path, const Hash& dao, std::uint64_t size, const Hash& root,
                     const RootAt& root_at) {
  MIKOSHI_TRY(next_record(key_path, dao, size, root, root_at));
  return {};
}

Status record_signing(const std::string& key_path, const Hash& dao, std::uint64_t size, const Hash& root,
                      const RootAt& root_at) {
  // One at a time, also for two copies of a folder: what is compared is what is replaced.
  const Descriptor key_file{::open(key_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!key_file || ::flock(key_file.number(), LOCK_EX) != 0)
    return fail(Errc::store_io, std::strerror(errno), key_path);
  MIKOSHI_ASSIGN(const std::string text, next_record(key_path, dao, size, root, root_at));
  return replace_file(record_path(key_path), text, Visibility::owner_only);
}

}  // namespace mikoshi
