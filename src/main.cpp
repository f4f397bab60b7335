// SPDX-License-Identifier: MIT
/// The command line: every command and flag in one place. What the commands do stands in command_*.cpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <new>

#include "advice.hpp"
#include "command.hpp"
#include "descriptor.hpp"
#include "mikoshi/version.hpp"

namespace mikoshi {
namespace {

int report(const Error& error) {
  // Both may quote what was given: cut where it is long, between two characters.
  const auto cut = [](std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string{text};
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
    return std::string{text.substr(0, bytes_max)} + "…";
  };
  std::string line = fmt::format("mikoshi: error[{}]: {}", name(error.code),
                                 cut(error.what.empty() ? meaning(error.code) : std::string_view{error.what}, 4000));
  if (!error.where.empty()) line += "; " + cut(error.where, 200);
  say(fmt::format("{}\n  {}\n", printable(line), advice(error.code)));
  return exit_code(error.code);
}

/// Standard input, output and error are open from here on, so that no file of ours takes the number of one of them and is
/// written to by mistake. What the caller closed can be neither read nor written, and says so.
void hold_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    const int held =
        ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest free number: this one
    if (held != number) ::_exit(exit_code(Errc::internal));
  }
}

/// What is wrong with a number on the command line; empty: nothing. CLI11 alone reads 010 as 8, 0x1F as 31, -1 as 2^64 - 1.
std::string number_fault(const std::string& text) {
  const auto number = parse_count(text);
  return number ? std::string{} : number.error().what;
}

/// What is wrong with a descriptor to read from. Asked before we open any file that could take its number.
std::string descriptor_fault(const std::string& text) {
  const auto number = parse_count(text);
  if (!number) return number.error().what;
  if (*number <= 65535 && ::fcntl(static_cast<int>(*number), F_GETFD) >= 0) return {};
  return "descriptor " + text + " is not open; open it with " + text + "< FILE";
}

using Run = std::function<Result<Printout>()>;

/// Registers commands. Each callback only stores what to run, so nothing runs before the whole line is understood.
class CommandLine {
 public:
  CommandLine() {
    app_.set_version_flag("--version", fmt::format("mikoshi {}, format {}", MIKOSHI_VERSION, format_version));
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--dir", common_.dir, "the DAO's folder")->capture_default_str();
    app_.add_flag("--json", common_.json, "one line of JSON for programs");
    add_new();
    add_facts();
    add_month();
    add_for_everyone();
    add_without_ledger();
  }

  int run(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view text = argv[i];
      if (const std::size_t good = utf8_prefix(text); good != text.size())
        return report({Errc::bad_utf8, "what is given on the command line is UTF-8",
                       fmt::format("argument {}, byte {}", i, good)});
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& done) {  // --help, --version
      return app_.exit(done);
    } catch (const CLI::RequiredError& error) {
      const std::string command = first_word(argc, argv);
      const bool known = !app_.get_subcommands([&](const CLI::App* app) { return app->get_name() == command; }).empty();
      if (command.empty() || known) return report({Errc::usage, error.what(), {}});
      return report({Errc::usage, "there is no command \"" + command + "\"", {}});
    } catch (const CLI::ParseError& error) {
      return report({Errc::usage, error.what(), {}});
    }
    const Result<Printout> result = run_();
    if (!result) return report(result.error());
    const std::string text =
        common_.json && !result->words_are_json ? to_canonical(result->json) + "\n" : result->words;
    if (!write_all(STDOUT_FILENO, text)) return report({Errc::write_failed, std::strerror(errno), "standard output"});
    return 0;
  }

 private:
  /// The first argument that is no option nor the value of --dir: meant as a command.
  static std::string first_word(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view text = argv[i];
      if (text == "--dir") {
        ++i;
      } else if (!text.starts_with('-')) {
        return std::string{text};
      }
    }
    return {};
  }
  /// A command whose options live in `options` and that runs by `body`.
  template <class Body>
  void runs(CLI::App* command, Body body) {
    command->callback([this, body] { run_ = body; });
  }
  CLI::App* group(const char* name, const char* about) {
    CLI::App* command = app_.add_subcommand(name, about);
    command->require_subcommand(1)->fallthrough();
    return command;
  }
  /// The options of a command that writes lines.
  CLI::App* writes(CLI::App* command, bool relayed) {
    command->add_option("--at", write_.at, "when it is recorded, like 2026-04-30T15:00:00Z; now, if not given");
    if (!relayed) return command;
    command->add_option("--on", write_.on, "when it happened, if earlier");
    command->add_option("--channel", write_.channel, "you relay what a member said there…");
    command->add_option("--message", write_.message, "…in this message (only its salted hash is kept)");
    return command;
  }
  static void password(CLI::App* command, PasswordSource& source) {
    command->add_option("--password-fd", source.descriptor, "read the password from this open descriptor")
        ->check(descriptor_fault);
  }
  static void scrypt(CLI::App* command, unsigned& log2) {
    command->add_option("--scrypt-log2", log2, "cost of guessing the password, 15 to 20")
        ->check(number_fault)
        ->check(CLI::Range(15, 20))
        ->capture_default_str();
  }

  void add_new() {
    CLI::App* command = writes(app_.add_subcommand("new", "Make a DAO's folder"), false);
    command->add_option("DIR", new_.dir, "a folder that is not there yet, or empty")->required();
    command
        ->add_option("--template", new_.charter_template, "salon (10 reserve : 60 contributions : 30 tickets) or equal")
        ->required()
        ->check(CLI::IsMember({"salon", "equal"}));
    command->add_option("--steward", new_.stewards, "NAME=PUBKEY of who signs; several; none: a key is made, 1 of 1");
    command->add_option("--threshold", new_.threshold, "how many stewards must sign; more than half, if not given")
        ->check(number_fault);
    command->add_option("--offset", new_.offset, "time zone that months are counted in, like +09:00")
        ->capture_default_str();
    command->add_option("--currency", new_.currency, "CODE:DECIMALS")->capture_default_str();
    command->add_option("--from", new_.from, "first month to distribute, like 2026-04; this month, if not given");
    command->add_option("--salt", new_.salt, "64 hexadecimal digits; random, if not given. Stays in private/");
    scrypt(command, new_.scrypt_log2);
    password(command, new_.password);
    runs(command, [this] { return run_new(new_, write_); });
  }

  void add_facts() {
    CLI::App* member = group("member", "Members join, leave and come back");
    for (const char* action : {"join", "leave", "rejoin"}) {
      CLI::App* command = writes(member->add_subcommand(action, ""), true);
      command->add_option("MEMBER", member_.members, "ids like m001");
      if (std::string_view{action} == "join") {
        command->description("New members; without ids, the next ones are chosen");
        command->add_option("--count", member_.count, "how many")->check(number_fault)->check(CLI::Range(1, 100000));
      } else {
        command->description(std::string_view{action} == "leave" ? "Members go; their tickets sleep"
                                                                 : "Members come back as themselves");
      }
      runs(command, [this, action] {
        member_.action = action;
        return run_member(member_, common_, write_);
      });
    }
    CLI::App* ticket = group("ticket", "Tickets are minted, move and end");
    CLI::App* mint = writes(ticket->add_subcommand("mint", "New tickets"), true);
    mint->add_option("TICKET", ticket_.ticket, "the ticket's id; the next one, if not given");
    mint->add_option("--to", ticket_.to, "a member, several by commas, or all")->required()->delimiter(',');
    mint->add_option("--class", ticket_.ticket_class, "its class")->capture_default_str();
    runs(mint, [this] {
      ticket_.action = "mint";
      return run_ticket(ticket_, common_, write_);
    });
    CLI::App* transfer = writes(ticket->add_subcommand("transfer", "A ticket goes to another member"), true);
    transfer->add_option("TICKET", ticket_.ticket, "which ticket")->required();
    transfer->add_option("--from", ticket_.from, "its holder")->required();
    transfer->add_option("--to", ticket_.to, "the new holder")->required();
    runs(transfer, [this] {
      ticket_.action = "transfer";
      return run_ticket(ticket_, common_, write_);
    });
    CLI::App* burn = writes(ticket->add_subcommand("burn", "A ticket ends"), true);
    burn->add_option("TICKET", ticket_.ticket, "which ticket")->required();
    burn->add_option("--from", ticket_.from, "its holder")->required();
    runs(burn, [this] {
      ticket_.action = "burn";
      return run_ticket(ticket_, common_, write_);
    });

    CLI::App* record = writes(app_.add_subcommand("record", "Record what a member did"), true);
    record->add_option("MEMBER", record_.member, "who")->required();
    record->add_option("POINTS", record_.points, "how much")->required();
    record->add_option("--kind", record_.type, "a declared kind of contribution")->capture_default_str();
    record->add_option("--period", record_.period, "the month it belongs to; that of --on or --at, if not given");
    record->add_option("--confirmed", record_.confirmed, "another member who confirms it");
    record->add_option("--evidence", record_.evidence, "a source file; only its hash is kept");
    record->add_option("--row", record_.row, "the row in it, the header being row 1")->check(number_fault);
    record->add_option("--id", record_.id, "an id of your own");
    runs(record, [this] { return run_record(record_, common_, write_); });

    CLI::App* confirm = writes(app_.add_subcommand("confirm", "Another member confirms a contribution"), true);
    confirm->add_option("SEQ", confirm_.seq, "the line of the contribution")->required()->check(number_fault);
    confirm->add_option("--by", confirm_.by, "who confirms")->required();
    runs(confirm, [this] { return run_confirm(confirm_, common_, write_); });

    CLI::App* income = writes(app_.add_subcommand("income", "Book what came in"), true);
    income->add_option("AMOUNT", income_.amount, "like 148500")->required();
    income->add_option("--period", income_.period, "the month it belongs to; that of --on or --at, if not given");
    income->add_option("--evidence", income_.evidence, "the sales file; only its hash is kept");
    income->add_option("--row", income_.row, "the row in it, the header being row 1")->check(number_fault);
    income->add_option("--id", income_.id, "an id of your own");
    runs(income, [this] { return run_income(income_, common_, write_); });

    CLI::App* correct =
        writes(app_.add_subcommand("correct", "Correct a contribution or an income that is not counted yet"), false);
    correct->add_option("SEQ", correct_.seq, "the line to correct")->required()->check(number_fault);
    correct->add_option("--points", correct_.points, "the right points; 0 withdraws it");
    correct->add_option("--amount", correct_.amount, "the right amount; 0 withdraws it");
    runs(correct, [this] { return run_correct(correct_, common_, write_); });

    CLI::App* import = group("import", "Read records from a file");
    CLI::App* contributions =
        writes(import->add_subcommand("contributions", "Contributions from a CSV file; all or nothing"), false);
    contributions->add_option("FILE", import_.file, "the CSV file, or - for standard input")->required();
    contributions->add_option("--map", import_.map, "name=column, name==value, or discord; by commas")
        ->required()
        ->delimiter(',');
    contributions->add_option("--period", import_.period, "the month of rows that name none");
    runs(contributions, [this] { return run_import_contributions(import_, common_, write_); });

    CLI::App* append = writes(
        app_.add_subcommand("append", "For programs: append events, one JSON receipt a line; all or nothing"), false);
    append->add_option("FILE", append_.file, "JSON Lines, one object, or an array; - for standard input")
        ->capture_default_str();
    runs(append, [this] { return run_append(append_, common_, write_); });
  }

  void add_month() {
    CLI::App* draft =
        writes(app_.add_subcommand("draft", "Show what a month's distribution would be; moves nothing"), false);
    draft->add_option("PERIOD", draft_.period, "like 2026-04")->required();
    runs(draft, [this] { return run_draft(draft_, common_, write_); });

    CLI::App* approve = writes(app_.add_subcommand("approve", "Close a month as drafted, and sign it"), false);
    approve->add_option("PERIOD", approve_.period, "like 2026-04")->required();
    approve->add_option("--key", approve_.key, "a steward's key file")->required();
    password(approve, approve_.password);
    runs(approve, [this] { return run_approve(approve_, common_, write_); });

    CLI::App* sign = app_.add_subcommand("sign", "Recompute everything, then add a steward's signature");
    sign->add_option("--key", sign_.key, "a steward's key file")->required();
    sign->add_option("--at", sign_.at, "when it is signed; now, if not given. A ledger of later lines is refused");
    password(sign, sign_.password);
    runs(sign, [this] { return run_sign(sign_, common_); });

    runs(app_.add_subcommand("owed", "What each member and purse is owed"), [this] { return run_owed(common_); });

    CLI::App* status = app_.add_subcommand("status", "Where the month stands, and the next command to run");
    status->add_option("--at", write_.at, "as of this time; now, if not given");
    runs(status, [this] { return run_status(common_, write_.at); });
  }

  void add_for_everyone() {
    CLI::App* verify = app_.add_subcommand("verify", "Check everything: needs no key, no network, nobody's permission");
    verify->add_option("DIR|FILES", verify_.paths, "a DAO's folder, or a ledger and a .note");
    verify->add_option("--expect", verify_.expect, "the snapshot's hash, from an announcement");
    verify->add_option("--dao", verify_.dao, "the DAO's id, so that another community's ledger is refused");
    verify->add_option("--steward", verify_.stewards,
                       "NAME=PUBKEY to trust; those of the ledger's first line, if not given");
    verify->add_option("--threshold", verify_.threshold, "how many must have signed")->check(number_fault);
    runs(verify, [this] { return run_verify(verify_, common_); });

    CLI::App* explain = app_.add_subcommand("explain", "Where a member's money comes from");
    explain->add_option("MEMBER", explain_.member, "who")->required();
    explain->add_option("PERIOD", explain_.period, "one month in full; all months, if not given");
    runs(explain, [this] { return run_explain(explain_, common_); });
  }

  void add_without_ledger() {
    CLI::App* key = group("key", "Stewards' keys");
    CLI::App* key_new = key->add_subcommand("new", "Make a key, encrypted under a password");
    key_new->add_option("FILE", key_new_.file, "a file that is not there yet")->required();
    scrypt(key_new, key_new_.scrypt_log2);
    password(key_new, key_new_.password);
    runs(key_new, [this] { return run_key_new(key_new_); });
    CLI::App* key_public = key->add_subcommand("public", "Print a key file's public key");
    key_public->add_option("FILE", key_public_.file, "the key file")->required();
    runs(key_public, [this] { return run_key_public(key_public_); });

    CLI::App* split = app_.add_subcommand("split", "Split amounts by weights, without a ledger");
    split->add_option("--rule", split_.rule, "carry (fair for ever) or hamilton (one-off)")
        ->check(CLI::IsMember({"carry", "hamilton"}))
        ->capture_default_str();
    split->add_option("--amount", split_.amounts, "minor units; several are split one after the other")
        ->required()
        ->expected(1, -1);
    CLI::Option* weights = split->add_option("--weights", split_.weights, "id=weight,id=weight,…")->delimiter(',');
    split->add_option("--weights-file", split_.weights_file, "CSV with the columns id and weight")->excludes(weights);
    runs(split, [this] { return run_split(split_); });
  }

  CLI::App app_{"mikoshi: a community carries its money together, and any member can check the whole of it", "mikoshi"};
  CommonOptions common_;
  WriteOptions write_;
  NewOptions new_;
  MemberOptions member_;
  TicketOptions ticket_;
  RecordOptions record_;
  ConfirmOptions confirm_;
  IncomeOptions income_;
  CorrectOptions correct_;
  ImportOptions import_;
  AppendOptions append_;
  DraftOptions draft_;
  ApproveOptions approve_;
  SignOptions sign_;
  VerifyOptions verify_;
  ExplainOptions explain_;
  KeyNewOptions key_new_;
  KeyPublicOptions key_public_;
  SplitOptions split_;
  Run run_;
};

}  // namespace
}  // namespace mikoshi

int main(int argc, char** argv) {
  mikoshi::hold_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a failed write, and says so
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    mikoshi::CommandLine line;
    return line.run(argc, argv);
  } catch (const std::bad_alloc&) {
    return mikoshi::report({mikoshi::Errc::internal, "there is not enough memory for this", {}});
  } catch (const std::exception& error) {
    return mikoshi::report({mikoshi::Errc::internal, error.what(), {}});
  }
}
