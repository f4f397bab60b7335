// SPDX-License-Identifier: MIT
/// The command line: every command and flag in one place. What the commands do stands in command_*.cpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <new>

#include "advice.hpp"
#include "charter_templates.hpp"
#include "command.hpp"
#include "descriptor.hpp"
#include "manual.hpp"
#include "mikoshi/version.hpp"
#include "screen.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

int report(const Error& error) {
  // Both may quote what was given: cut where it is long, between two characters.
  const auto cut = [](std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string{text};
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
    return std::string{text.substr(0, bytes_max)} + "…";
  };
  std::string line;
  if (language() == Language::japanese) {
    line += japanese_meaning(error.code);
    if (!error.what.empty() && error.what != meaning(error.code))
      line += fmt::format("（{}）", cut(reworded(error.what), 4000));
  } else {
    line += cut(error.what.empty() ? meaning(error.code) : std::string_view{error.what}, 4000);
  }
  if (!error.where.empty()) line += "; " + cut(reworded(error.where), 200);
  say(fmt::format("mikoshi: {}[{}]: {}\n  {}\n", red_on_error(wording<Word::error>()), name(error.code),
                  printable(line), advice(error.code)));
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

/// What is wrong with the path of a key file: a key itself would stand in the shell's history, and in what we print.
std::string key_path_fault(const std::string& path) {
  const bool is_key = path.size() == 64 && path.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return is_key ? wording<Word::key_on_command_line>() : std::string{};
}

/// What is wrong with a descriptor to read from. Asked before we open any file that could take its number.
std::string descriptor_fault(const std::string& text) {
  const auto number = parse_count(text);
  if (!number) return number.error().what;
  if (*number <= 65535 && ::fcntl(static_cast<int>(*number), F_GETFD) >= 0) return {};
  return wording<Word::descriptor_closed>(text);
}

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const CharterTemplate& charter : charter_templates) names.emplace_back(charter.name);
  return names;
}

/// --help with its right column where a terminal shows it, also behind 漢字.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    label("Usage", wording<Word::help_usage>());
    label("OPTIONS", wording<Word::help_usage_options>());
    label("SUBCOMMAND", wording<Word::help_usage_subcommand>());
    label("Positionals", wording<Word::help_positionals>());
    label("REQUIRED", wording<Word::help_required>());
    label("Excludes", wording<Word::help_excludes>());
  }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    const std::string name = "  " + make_option_name(option, is_positional) + make_option_opts(option);
    const std::string gap = columns_of(name) < get_column_width() ? "" : "\n" + std::string(get_column_width(), ' ');
    return pad_right(name, get_column_width()) + gap + make_option_desc(option) + "\n";
  }
};

using Run = std::function<Result<Printout>()>;

/// Registers commands. Each callback only stores what to run, so nothing runs before the whole line is understood.
class CommandLine {
 public:
  CommandLine() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.group(wording<Word::help_subcommands>());
    app_.option_defaults()->group(wording<Word::help_options>());
    app_.set_help_flag("-h,--help", wording<Word::option_help>());
    app_.set_version_flag("--version", fmt::format("mikoshi {}, format {}", MIKOSHI_VERSION, format_version),
                          wording<Word::option_version>());
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--dir", common_.dir, wording<Word::option_dir>())->capture_default_str();
    app_.add_flag("--json", common_.json, wording<Word::option_json>());
    app_.add_option("--lang", lang_, wording<Word::option_lang>())->check(CLI::IsMember({"en", "ja"}));
    app_.add_flag("--no-color", no_color_, wording<Word::option_no_color>());
    add_new();
    add_facts();
    add_month();
    add_for_everyone();
    add_without_ledger();
    add_about_mikoshi();
    group_help(app_);
  }

  int run(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view text = argv[i];
      if (const std::size_t good = utf8_prefix(text); good != text.size())
        return report(
            {Errc::bad_utf8, wording<Word::arguments_not_utf8>(), fmt::format("argument {}, byte {}", i, good)});
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& done) {  // --help, --version
      return app_.exit(done);
    } catch (const CLI::RequiredError& error) {
      const std::string command = first_word(argc, argv);
      const bool known = !app_.get_subcommands([&](const CLI::App* app) { return app->get_name() == command; }).empty();
      if (command.empty() || known) return report({Errc::usage, error.what(), {}});
      return report({Errc::usage, wording<Word::no_such_command>(command), {}});
    } catch (const CLI::ParseError& error) {
      return report({Errc::usage, error.what(), {}});
    }
    const Result<Printout> result = run_();
    if (!result) return report(result.error());
    const std::string text =
        common_.json && !result->words_are_json ? to_canonical(result->json) + "\n" : result->words;
    if (!write_all(STDOUT_FILENO, text))
      return report({Errc::write_failed, std::strerror(errno), wording<Word::standard_output>()});
    return result->verdict ? exit_code(*result->verdict) : 0;
  }

 private:
  /// The first argument that is no option nor the value of --dir or --lang: meant as a command.
  static std::string first_word(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view text = argv[i];
      if (text == "--dir" || text == "--lang") {
        ++i;
      } else if (!text.starts_with('-')) {
        return std::string{text};
      }
    }
    return {};
  }
  /// CLI11 gives a new command its --help before it hears of the group's name.
  static void group_help(CLI::App& app) {
    app.get_help_ptr()->group(wording<Word::help_options>());
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) group_help(*command);
  }
  /// A command whose options live in `options` and that runs by `body`.
  template <class Body>
  void runs(CLI::App* command, Body body) {
    command->callback([this, body] { run_ = body; });
  }
  CLI::App* group(const char* name, const std::string& about) {
    CLI::App* command = app_.add_subcommand(name, about);
    command->require_subcommand(1)->fallthrough();
    return command;
  }
  /// The options of a command that writes lines.
  CLI::App* writes(CLI::App* command, bool relayed) {
    command->add_option("--at", write_.at, wording<Word::option_at>());
    if (!relayed) return command;
    command->add_option("--on", write_.on, wording<Word::option_on>());
    command->add_option("--channel", write_.channel, wording<Word::option_channel>());
    command->add_option("--message", write_.message, wording<Word::option_message>());
    return command;
  }
  static void password(CLI::App* command, PasswordSource& source) {
    command->add_option("--password-fd", source.descriptor, wording<Word::option_password_fd>())
        ->check(descriptor_fault);
  }
  static void scrypt(CLI::App* command, unsigned& log2) {
    command->add_option("--scrypt-log2", log2, wording<Word::option_scrypt>())
        ->check(number_fault)
        ->check(CLI::Range(15, 20))
        ->capture_default_str();
  }

  void add_new() {
    CLI::App* command = writes(app_.add_subcommand("new", wording<Word::about_new>()), false);
    command->add_option("DIR", new_.dir, wording<Word::new_dir>())->required();
    command->add_option("--template", new_.charter_template, wording<Word::new_template>())
        ->required()
        ->check(CLI::IsMember(template_names()));
    command->add_option("--steward", new_.stewards, wording<Word::new_steward>());
    command->add_option("--threshold", new_.threshold, wording<Word::new_threshold>())->check(number_fault);
    command->add_option("--offset", new_.offset, wording<Word::new_offset>())->capture_default_str();
    command->add_option("--currency", new_.currency, wording<Word::new_currency>())->capture_default_str();
    command->add_option("--from", new_.from, wording<Word::new_from>());
    command->add_option("--salt", new_.salt, wording<Word::new_salt>());
    scrypt(command, new_.scrypt_log2);
    password(command, new_.password);
    runs(command, [this] { return run_new(new_, write_); });
  }

  void add_facts() {
    CLI::App* member = group("member", wording<Word::about_member>());
    for (const char* action : {"join", "leave", "rejoin"}) {
      CLI::App* command = writes(member->add_subcommand(action, ""), true);
      command->add_option("MEMBER", member_.members, wording<Word::member_ids>());
      if (std::string_view{action} == "join") {
        command->description(wording<Word::about_member_join>());
        command->add_option("--count", member_.count, wording<Word::member_count>())
            ->check(number_fault)
            ->check(CLI::Range(1, 100000));
      } else {
        command->description(std::string_view{action} == "leave" ? wording<Word::about_member_leave>()
                                                                 : wording<Word::about_member_rejoin>());
      }
      runs(command, [this, action] {
        member_.action = action;
        return run_member(member_, common_, write_);
      });
    }
    CLI::App* ticket = group("ticket", wording<Word::about_ticket>());
    CLI::App* mint = writes(ticket->add_subcommand("mint", wording<Word::about_ticket_mint>()), true);
    mint->add_option("TICKET", ticket_.ticket, wording<Word::ticket_id>());
    mint->add_option("--to", ticket_.to, wording<Word::ticket_mint_to>())->required()->delimiter(',');
    mint->add_option("--class", ticket_.ticket_class, wording<Word::ticket_class>())->capture_default_str();
    runs(mint, [this] {
      ticket_.action = "mint";
      return run_ticket(ticket_, common_, write_);
    });
    CLI::App* transfer = writes(ticket->add_subcommand("transfer", wording<Word::about_ticket_transfer>()), true);
    transfer->add_option("TICKET", ticket_.ticket, wording<Word::ticket_which>())->required();
    transfer->add_option("--from", ticket_.from, wording<Word::ticket_from>())->required();
    transfer->add_option("--to", ticket_.to, wording<Word::ticket_to>())->required();
    runs(transfer, [this] {
      ticket_.action = "transfer";
      return run_ticket(ticket_, common_, write_);
    });
    CLI::App* burn = writes(ticket->add_subcommand("burn", wording<Word::about_ticket_burn>()), true);
    burn->add_option("TICKET", ticket_.ticket, wording<Word::ticket_which>())->required();
    burn->add_option("--from", ticket_.from, wording<Word::ticket_from>())->required();
    runs(burn, [this] {
      ticket_.action = "burn";
      return run_ticket(ticket_, common_, write_);
    });

    CLI::App* record = writes(app_.add_subcommand("record", wording<Word::about_record>()), true);
    record->add_option("MEMBER", record_.member, wording<Word::record_who>())->required();
    record->add_option("POINTS", record_.points, wording<Word::record_points>())->required();
    record->add_option("--kind", record_.type, wording<Word::record_kind>())->capture_default_str();
    record->add_option("--period", record_.period, wording<Word::option_period_of_record>());
    record->add_option("--confirmed", record_.confirmed, wording<Word::record_confirmed>());
    record->add_option("--evidence", record_.evidence, wording<Word::record_evidence>());
    record->add_option("--row", record_.row, wording<Word::option_row>())->check(number_fault);
    record->add_option("--id", record_.id, wording<Word::option_own_id>());
    runs(record, [this] { return run_record(record_, common_, write_); });

    CLI::App* confirm = writes(app_.add_subcommand("confirm", wording<Word::about_confirm>()), true);
    confirm->add_option("SEQ", confirm_.seq, wording<Word::confirm_seq>())->required()->check(number_fault);
    confirm->add_option("--by", confirm_.by, wording<Word::confirm_by>())->required();
    runs(confirm, [this] { return run_confirm(confirm_, common_, write_); });

    CLI::App* income = writes(app_.add_subcommand("income", wording<Word::about_income>()), true);
    income->add_option("AMOUNT", income_.amount, wording<Word::income_amount>())->required();
    income->add_option("--period", income_.period, wording<Word::option_period_of_record>());
    income->add_option("--currency", income_.currency, wording<Word::income_currency>());
    income->add_option("--from", income_.from, wording<Word::income_from>());
    income->add_option("--evidence", income_.evidence, wording<Word::income_evidence>());
    income->add_option("--row", income_.row, wording<Word::option_row>())->check(number_fault);
    income->add_option("--id", income_.id, wording<Word::option_own_id>());
    runs(income, [this] { return run_income(income_, common_, write_); });

    CLI::App* currency = writes(app_.add_subcommand("currency", wording<Word::about_currency>()), false);
    currency->add_option("CODE", currency_.code, wording<Word::new_currency>())->required();
    runs(currency, [this] { return run_currency(currency_, common_, write_); });

    CLI::App* convert = writes(app_.add_subcommand("convert", wording<Word::about_convert>()), false);
    convert->add_option("AMOUNT", convert_.amount, wording<Word::convert_amount>())->required();
    convert->add_option("FROM", convert_.from, wording<Word::convert_from>())->required();
    convert->add_option("INTO", convert_.into, wording<Word::convert_into>())->required();
    convert->add_option("--rate", convert_.rate, wording<Word::convert_rate>())->required();
    convert->add_option("--rounding", convert_.rounding, wording<Word::convert_rounding>())
        ->check(CLI::IsMember({"down", "up", "half-up", "half-even"}))
        ->capture_default_str();
    convert->add_option("--period", convert_.period, wording<Word::option_period_of_record>());
    convert->add_option("--evidence", convert_.evidence, wording<Word::convert_evidence>());
    convert->add_option("--row", convert_.row, wording<Word::option_row>())->check(number_fault);
    convert->add_option("--id", convert_.id, wording<Word::option_own_id>());
    runs(convert, [this] { return run_convert(convert_, common_, write_); });

    CLI::App* segment = writes(app_.add_subcommand("segment", wording<Word::about_segment>()), false);
    segment->add_option("POINTS", segment_.points, wording<Word::segment_points>())->required();
    segment->add_option("--with", segment_.members, wording<Word::segment_with>())->required()->delimiter(',');
    segment->add_option("--period", segment_.period, wording<Word::option_period_of_record>());
    segment->add_option("--evidence", segment_.evidence, wording<Word::segment_evidence>());
    segment->add_option("--row", segment_.row, wording<Word::option_row>())->check(number_fault);
    segment->add_option("--id", segment_.id, wording<Word::option_own_id>());
    runs(segment, [this] { return run_segment(segment_, common_, write_); });

    CLI::App* opening = writes(app_.add_subcommand("opening", wording<Word::about_opening>()), false);
    opening->add_option("TO", opening_.to, wording<Word::about_opening_to>())->required();
    opening->add_option("AMOUNT", opening_.amount, wording<Word::about_opening_amount>())->required();
    opening->add_option("--currency", opening_.currency, wording<Word::income_currency>());
    opening->add_option("--evidence", opening_.evidence, wording<Word::about_opening_evidence>());
    opening->add_option("--row", opening_.row, wording<Word::about_row>())->check(number_fault);
    opening->add_option("--id", opening_.id, wording<Word::about_own_id>());
    runs(opening, [this] { return run_opening(opening_, common_, write_); });

    CLI::App* correct = writes(app_.add_subcommand("correct", wording<Word::about_correct>()), false);
    correct->add_option("SEQ", correct_.seq, wording<Word::correct_seq>())->required()->check(number_fault);
    CLI::Option* points = correct->add_option("--points", correct_.points, wording<Word::correct_points>());
    CLI::Option* amount = correct->add_option("--amount", correct_.amount, wording<Word::correct_amount>())->excludes(points);
    correct->add_flag("--undo", correct_.undo, wording<Word::correct_undo>())->excludes(points)->excludes(amount);
    runs(correct, [this] { return run_correct(correct_, common_, write_); });

    add_import();

    CLI::App* append = writes(app_.add_subcommand("append", wording<Word::about_append>()), false);
    append->add_option("FILE", append_.file, wording<Word::append_file>())->capture_default_str();
    runs(append, [this] { return run_append(append_, common_, write_); });
  }

  /// The options of a command that reads a table: the file, and how it is written.
  CLI::App* reads_table(CLI::App* command, TableOptions& table, const std::string& map, bool has_dates) {
    command->add_option("FILE", table.file, wording<Word::import_file>())->required();
    command->add_option("--map", table.map, map)->delimiter(',')->allow_extra_args(false);
    command->add_option("--encoding", table.encoding, wording<Word::import_encoding>())->capture_default_str();
    command->add_option("--numbers", table.numbers, wording<Word::import_numbers>())->capture_default_str();
    if (has_dates) command->add_option("--dates", table.dates, wording<Word::import_dates>())->capture_default_str();
    command->add_option("--fill-down", table.fill_down, wording<Word::import_fill_down>())
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_flag("--dry-run", table.dry_run, wording<Word::import_dry_run>());
    return writes(command, false);
  }

  void add_import() {
    CLI::App* import = group("import", wording<Word::about_import>());
    const auto add = [&](const char* name, const std::string& about, const std::string& map, bool has_dates,
                         auto body) {
      CLI::App* command = reads_table(import->add_subcommand(name, about), import_.table, map, has_dates);
      command->get_option("--map")->required();
      runs(command, [this, body] { return body(import_, common_, write_); });
      return command;
    };
    add("contributions", wording<Word::about_import_contributions>(), wording<Word::import_map_contributions>(), true,
        run_import_contributions)
        ->add_option("--period", import_.period, wording<Word::import_period>());
    add("members", wording<Word::about_import_members>(), wording<Word::import_map_members>(), true,
        run_import_members);
    add("income", wording<Word::about_import_income>(), wording<Word::import_map_income>(), true, run_import_income)
        ->add_option("--period", import_.period, wording<Word::import_period>());
    add("openings", wording<Word::about_import_openings>(), wording<Word::import_map_openings>(), false,
        run_import_openings);
    CLI::App* transfers = writes(import->add_subcommand("transfers", wording<Word::about_import_transfers>()), false);
    transfers->add_option("FILE", transfers_.file, wording<Word::transfers_file>())->required();
    transfers->add_option("--contract", transfers_.contract, wording<Word::transfers_contract>())->required();
    transfers->add_option("--class", transfers_.ticket_class, wording<Word::transfers_class>())->required();
    transfers->add_option("--on", write_.on, wording<Word::transfers_on>());
    CLI::Option* check = transfers->add_flag("--check", transfers_.check, wording<Word::transfers_check>());
    transfers->add_flag("--dry-run", transfers_.dry_run, wording<Word::import_dry_run>())->excludes(check);
    runs(transfers, [this] { return run_import_transfers(transfers_, common_, write_); });
  }

  void add_month() {
    CLI::App* draft = writes(app_.add_subcommand("draft", wording<Word::about_draft>()), false);
    draft->add_option("PERIOD", draft_.period, wording<Word::option_like_month>())->required();
    runs(draft, [this] { return run_draft(draft_, common_, write_); });

    CLI::App* approve = writes(app_.add_subcommand("approve", wording<Word::about_approve>()), false);
    approve->add_option("PERIOD", approve_.period, wording<Word::option_like_month>())->required();
    CLI::Option* approve_key =
        approve->add_option("--key", approve_.key, wording<Word::option_key>())->check(key_path_fault);
    approve->add_flag("--unsigned", approve_.unsigned_yet, wording<Word::approve_unsigned>())->excludes(approve_key);
    password(approve, approve_.password);
    runs(approve, [this] { return run_approve(approve_, common_, write_); });

    CLI::App* withdraw = writes(app_.add_subcommand("void", wording<Word::about_void>()), false);
    withdraw->add_option("PERIOD", void_.period, wording<Word::about_month>())->required();
    runs(withdraw, [this] { return run_void(void_, common_, write_); });

    CLI::App* sign = app_.add_subcommand("sign", wording<Word::about_sign>());
    sign->add_option("--key", sign_.key, wording<Word::option_key>())->required()->check(key_path_fault);
    sign->add_option("--at", sign_.at, wording<Word::sign_at>());
    password(sign, sign_.password);
    sign->add_option("--proposal", sign_.proposal, wording<Word::sign_proposal>());
    runs(sign, [this] { return sign_.proposal.empty() ? run_sign(sign_, common_) : run_sign_proposal(sign_, common_); });

    CLI::App* prepare = app_.add_subcommand("prepare", wording<Word::about_prepare>());
    prepare->add_option("OUT", prepare_.out, wording<Word::prepare_out>());
    prepare->add_flag("--typed", prepare_.typed, wording<Word::prepare_typed>());
    prepare->add_option("--proposal", prepare_.proposal, wording<Word::sign_proposal>());
    runs(prepare, [this] { return run_prepare(prepare_, common_); });

    CLI::App* combine = app_.add_subcommand("combine", wording<Word::about_combine>());
    combine->add_option("NOTE", combine_.notes, wording<Word::combine_notes>());
    combine->add_option("--signature", combine_.signatures, wording<Word::combine_form>());
    combine->add_option("--witness", combine_.witnesses, wording<Word::combine_witness>())->allow_extra_args(false);
    runs(combine, [this] { return run_combine(combine_, common_); });

    add_pay();
    runs(app_.add_subcommand("owed", wording<Word::about_owed>()), [this] { return run_owed(common_); });

    CLI::App* announce = app_.add_subcommand("announce", wording<Word::about_announce>());
    announce->add_option("PERIOD", announce_.period, wording<Word::option_like_month>())->required();
    runs(announce, [this] { return run_announce(announce_, common_); });

    CLI::App* status = app_.add_subcommand("status", wording<Word::about_status>());
    status->add_option("--at", write_.at, wording<Word::status_at>());
    runs(status, [this] { return run_status(common_, write_.at); });
  }

  void add_pay() {
    CLI::App* pay = group("pay", wording<Word::about_pay>());
    CLI::App* plan = writes(pay->add_subcommand("plan", wording<Word::about_pay_plan>()), false);
    plan->add_option("--out", pay_plan_.out, wording<Word::about_pay_out>())->required();
    runs(plan, [this] { return run_pay_plan(pay_plan_, common_, write_); });
    CLI::App* file = pay->add_subcommand("file", wording<Word::about_pay_file>());
    file->add_option("--out", pay_plan_.out, wording<Word::about_pay_out>())->required();
    runs(file, [this] { return run_pay_file(pay_plan_, common_); });
    CLI::App* sent = writes(pay->add_subcommand("sent", wording<Word::about_pay_sent>()), false);
    runs(sent, [this] { return run_pay_sent(common_, write_); });
    CLI::App* settle = reads_table(pay->add_subcommand("settle", wording<Word::about_pay_settle>()), pay_settle_.table,
                                   wording<Word::import_map_settle>(), false);
    settle->get_option("FILE")->description(wording<Word::about_pay_settle_file>());
    settle->add_option("--results", pay_settle_.results, wording<Word::import_results>())
        ->delimiter(',')
        ->allow_extra_args(false);
    runs(settle, [this] { return run_pay_settle(pay_settle_, common_, write_); });
    runs(pay->add_subcommand("list", wording<Word::about_pay_list>()), [this] { return run_pay_list(common_); });
    CLI::App* wallets = writes(pay->add_subcommand("wallets", wording<Word::about_pay_wallets>()), false);
    wallets->add_option("--currency", pay_wallets_.currency, wording<Word::income_currency>());
    runs(wallets, [this] { return run_pay_wallets(pay_wallets_, common_, write_); });

    CLI::App* claims = app_.add_subcommand("claims", wording<Word::about_claims>());
    claims->add_option("--out", claims_.out, wording<Word::claims_out>())->required();
    claims->add_option("--currency", claims_.currency, wording<Word::income_currency>());
    claims->add_option("--format", claims_.form, wording<Word::claims_format>())
        ->check(CLI::IsMember({"standard", "single", "window"}))
        ->capture_default_str();
    claims->add_option("--statement", claims_.statement, wording<Word::claims_statement>())->check(number_fault);
    runs(claims, [this] { return run_claims(claims_, common_); });
  }

  void add_for_everyone() {
    CLI::App* verify = app_.add_subcommand("verify", wording<Word::about_verify>());
    verify->add_option("DIR|FILES", verify_.paths, wording<Word::verify_paths>());
    verify->add_option("--expect", verify_.expect, wording<Word::verify_expect>());
    verify->add_option("--dao", verify_.dao, wording<Word::verify_dao>());
    verify->add_option("--steward", verify_.stewards, wording<Word::verify_steward>());
    verify->add_option("--threshold", verify_.threshold, wording<Word::verify_threshold>())->check(number_fault);
    CLI::Option* partner =
        verify->add_option("--partner", verify_.partners, wording<Word::verify_partner>())->allow_extra_args(false);
    CLI::Option* member = verify->add_option("--member", verify_.member, wording<Word::about_verify_member>())->excludes(partner);
    verify->add_option("--period", verify_.period, wording<Word::about_verify_period>())->needs(member);
    CLI::Option* witness =
        verify->add_option("--witness", verify_.witnesses, wording<Word::option_witness>())->allow_extra_args(false);
    verify->add_option("--witnesses", verify_.witness_threshold, wording<Word::option_witnesses>())
        ->check(number_fault)
        ->needs(witness);
    verify->add_flag("--no-pin", verify_.no_pin, wording<Word::option_no_pin>());
    runs(verify, [this, member] {  // an empty name is a name that is wrong, not a ledger to verify
      const auto& paths = verify_.paths;
      const bool evidence = std::any_of(paths.begin(), paths.end(), [](const auto& path) { return path.ends_with(".evidence"); });
      return evidence              ? run_verify_evidence(verify_)
             : member->count() == 0 ? run_verify(verify_, common_)
                                    : run_verify_receipt(verify_);
    });

    CLI::App* pins = app_.add_subcommand("pins", wording<Word::about_pins>());
    CLI::App* pins_forget = pins->add_subcommand("forget", wording<Word::about_pins_forget>());
    pins_forget->add_option("DAO", pins_forget_.dao, wording<Word::pins_dao>())->required();
    runs(pins, [this, pins_forget] { return pins_forget->parsed() ? run_pins_forget(pins_forget_) : run_pins(); });

    CLI::App* compare = app_.add_subcommand("compare", wording<Word::about_compare>());
    compare->add_option("ONE", compare_.one, wording<Word::compare_note>())->required();
    compare->add_option("OTHER", compare_.other, wording<Word::compare_note>())->required();
    compare->add_option("--ledger", compare_.ledgers, wording<Word::compare_ledger>())->allow_extra_args(false);
    compare->add_option("--out", compare_.out, wording<Word::compare_out>());
    runs(compare, [this] { return run_compare(compare_); });

    CLI::App* publish = app_.add_subcommand("publish", wording<Word::about_publish>());
    publish->add_option("OUT", publish_.out, wording<Word::publish_out>())->required();
    publish->add_option("--page", publish_.page, wording<Word::publish_page>());
    CLI::Option* everyone = publish->add_flag("--public", publish_.for_everyone, wording<Word::publish_public>());
    publish->add_flag("--yes", publish_.yes, wording<Word::publish_yes>())->needs(everyone);
    runs(publish, [this] { return run_publish(publish_, common_); });

    CLI::App* audit = app_.add_subcommand("audit", wording<Word::about_audit>());
    audit->add_option("OUT", audit_.folder, wording<Word::audit_out>())->required();
    audit->add_option("--from", audit_.from, wording<Word::audit_from>());
    audit->add_option("--remember", audit_.remember, wording<Word::audit_remember>());
    audit->add_option("--expect", audit_.expected.expect, wording<Word::verify_expect>());
    audit->add_option("--dao", audit_.expected.dao, wording<Word::verify_dao>());
    audit->add_option("--steward", audit_.expected.stewards, wording<Word::verify_steward>());
    audit->add_option("--threshold", audit_.expected.threshold, wording<Word::verify_threshold>())->check(number_fault);
    runs(audit, [this] { return run_audit(audit_); });

    CLI::App* show = group("show", wording<Word::about_show>());
    const auto shows = [&](const char* what, const std::string& about) {
      CLI::App* command = show->add_subcommand(what, about);
      if (std::string_view{what} != "open") command->add_option("ID", show_.id, wording<Word::show_id>())->required();
      command->add_option("--seq", show_.seq, wording<Word::show_seq>())->check(number_fault);
      runs(command, [this, what] {
        show_.what = what;
        return run_show(show_, common_);
      });
    };
    shows("member", wording<Word::about_show_member>());
    shows("ticket", wording<Word::about_show_ticket>());
    shows("work", wording<Word::about_show_work>());
    shows("review", wording<Word::about_show_review>());
    shows("open", wording<Word::about_show_open>());

    CLI::App* claim = app_.add_subcommand("claim", wording<Word::about_claim>());
    claim->add_option("FILE", claim_.file, wording<Word::claim_file>())->required();
    claim->add_option("--who", claim_.who, wording<Word::claim_who>())->required();
    CLI::Option* claim_key = claim->add_option("--key", claim_.key, wording<Word::claim_key>());
    claim->add_option("--speaker", claim_.speaker, wording<Word::claim_speaker>())->excludes(claim_key);
    claim->add_option("--signature", claim_.signature, wording<Word::claim_signature>())->excludes(claim_key);
    claim->add_flag("--typed", claim_.typed, wording<Word::claim_typed>())->excludes(claim_key);
    claim->add_option("--expires", claim_.expires, wording<Word::claim_expires>());
    claim->add_option("--nonce", claim_.nonce, wording<Word::claim_nonce>())->check(number_fault);
    password(claim, claim_.password);
    runs(claim, [this] { return run_claim(claim_, common_); });

    CLI::App* partners = writes(app_.add_subcommand("partners", wording<Word::about_partners>()), false);
    partners->add_option("DIR", partners_.dirs, wording<Word::partners_dirs>())->required();
    CLI::Option* month = partners->add_option("--period", partners_.period, wording<Word::partners_period>());
    partners->add_flag("--book", partners_.book, wording<Word::partners_book>())->needs(month);
    runs(partners, [this] { return run_partners(partners_, common_, write_); });

    CLI::App* receipt = app_.add_subcommand("receipt", wording<Word::about_receipt>());
    receipt->add_option("MEMBER", receipt_.member, wording<Word::about_receipt_member>());
    receipt->add_flag("--all", receipt_.all, wording<Word::about_receipt_all>());
    receipt->add_option("--period", receipt_.period, wording<Word::about_receipt_period>());
    receipt->add_option("--out", receipt_.out, wording<Word::about_receipt_out>());
    runs(receipt, [this] { return run_receipt(receipt_, common_); });

    CLI::App* forget = app_.add_subcommand("forget", wording<Word::about_forget>());
    forget->add_option("MEMBER", forget_.member, wording<Word::about_forget_member>())->required();
    forget->add_option("--at", forget_.at, wording<Word::about_forget_at>());
    runs(forget, [this] { return run_forget(forget_, common_); });

    CLI::App* explain = app_.add_subcommand("explain", wording<Word::about_explain>());
    explain->add_option("WHO", explain_.payee, wording<Word::explain_member>())->required();
    explain->add_option("PERIOD", explain_.period, wording<Word::explain_period>());
    explain->add_flag("--exact", explain_.exact, wording<Word::explain_exact>());
    runs(explain, [this] { return run_explain(explain_, common_); });

    CLI::App* simulate = app_.add_subcommand("simulate", wording<Word::about_simulate>());
    simulate->add_option("DIR", simulate_.dir, wording<Word::simulate_dir>());
    simulate->add_option("--charter", simulate_.charters, wording<Word::simulate_charter>())
        ->required()
        ->allow_extra_args(false);
    simulate->add_option("--from", simulate_.from, wording<Word::simulate_from>());
    simulate->add_option("--to", simulate_.to, wording<Word::simulate_to>());
    simulate->add_flag("--all", simulate_.all, wording<Word::simulate_all>());
    simulate->add_option("--svg", simulate_.svg, wording<Word::simulate_svg>());
    simulate->add_flag("--attack", simulate_.attack, wording<Word::simulate_attack>());
    runs(simulate, [this] { return run_simulate(simulate_, common_); });

    CLI::App* charter = group("charter", wording<Word::about_charter>());
    const auto propose = [&](CLI::App* command, bool check_only) {
      command->add_option("FILE", charter_propose_.file, wording<Word::charter_file>())->required();
      command->add_option("--from", charter_propose_.from, wording<Word::charter_from_month>());
      command->add_option("--partner", charter_propose_.partners, wording<Word::charter_partner>())->allow_extra_args(false);
      command->add_flag("--allow-idle", charter_propose_.allow_idle, wording<Word::charter_allow_idle>());
      if (!check_only) command->add_option("--id", charter_propose_.id, wording<Word::charter_own_id>());
      runs(writes(command, false), [this, check_only] {
        charter_propose_.check_only = check_only;
        return run_charter_propose(charter_propose_, common_, write_);
      });
    };
    propose(charter->add_subcommand("check", wording<Word::about_charter_check>()), true);
    propose(charter->add_subcommand("propose", wording<Word::about_charter_propose>()), false);
    CLI::App* charter_words = charter->add_subcommand("words", wording<Word::about_charter_words>());
    charter_words->add_option("ID", charter_words_.id, wording<Word::charter_words_id>());
    charter_words->add_option("--template", charter_words_.charter_template, wording<Word::charter_words_template>())
        ->check(CLI::IsMember(template_names()));
    runs(charter_words, [this] { return run_charter_words(charter_words_, common_); });
  }

  void add_without_ledger() {
    CLI::App* key = group("key", wording<Word::about_key>());
    CLI::App* vectors = app_.add_subcommand("vectors", wording<Word::about_vectors>());
    vectors->add_option("OUT", vectors_.out, wording<Word::vectors_out>())->required();
    runs(vectors, [this] { return run_vectors(vectors_); });

    CLI::App* key_new = key->add_subcommand("new", wording<Word::about_key_new>());
    key_new->add_option("FILE", key_new_.file, wording<Word::key_new_file>())->required();
    key_new->add_flag("--ed25519", key_new_.ed25519, wording<Word::key_new_ed25519>());
    scrypt(key_new, key_new_.scrypt_log2);
    password(key_new, key_new_.password);
    runs(key_new, [this] { return run_key_new(key_new_); });
    CLI::App* key_public = key->add_subcommand("public", wording<Word::about_key_public>());
    key_public->add_option("FILE", key_public_.file, wording<Word::key_file>())->required();
    runs(key_public, [this] { return run_key_public(key_public_); });

    CLI::App* split = app_.add_subcommand("split", wording<Word::about_split>());
    split->add_option("--rule", split_.rule, wording<Word::split_rule>())
        ->check(CLI::IsMember({"carry", "hamilton", "sainte-lague", "floor"}))
        ->capture_default_str();
    split->add_option("--amount", split_.amounts, wording<Word::split_amount>())->required()->expected(1, -1);
    CLI::Option* weights =
        split->add_option("--weights", split_.weights, wording<Word::split_weights>())->delimiter(',');
    split->add_option("--weights-file", split_.weights_file, wording<Word::split_weights_file>())->excludes(weights);
    runs(split, [this] { return run_split(split_); });
  }

  void add_about_mikoshi() {
    CLI::App* completion = app_.add_subcommand("completion", wording<Word::about_completion>());
    completion->add_option("SHELL", shell_, wording<Word::completion_shell>())
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    runs(completion, [this] { return Printout{completion_script(app_, shell_), {}, true}; });
    runs(app_.add_subcommand("man", wording<Word::about_man>()), [this] {
      return Printout{manual_page(app_), {}, true};
    });
  }

  CLI::App app_{wording<Word::about_mikoshi>(), "mikoshi"};
  std::string lang_;       ///< acted on before: language_asked
  bool no_color_ = false;  ///< acted on before: decide_colours
  CommonOptions common_;
  WriteOptions write_;
  NewOptions new_;
  MemberOptions member_;
  TicketOptions ticket_;
  RecordOptions record_;
  ConfirmOptions confirm_;
  IncomeOptions income_;
  CurrencyOptions currency_;
  ConvertOptions convert_;
  SegmentOptions segment_;
  ShowOptions show_;
  ClaimOptions claim_;
  PartnersOptions partners_;
  OpeningOptions opening_;
  CorrectOptions correct_;
  ImportOptions import_;
  TransfersOptions transfers_;
  AppendOptions append_;
  DraftOptions draft_;
  ApproveOptions approve_;
  PrepareOptions prepare_;
  CombineOptions combine_;
  VoidOptions void_;
  SignOptions sign_;
  PayPlanOptions pay_plan_;
  PaySettleOptions pay_settle_;
  PayWalletsOptions pay_wallets_;
  ClaimsOptions claims_;
  ReceiptOptions receipt_;
  ForgetOptions forget_;
  VerifyOptions verify_;
  PinsForgetOptions pins_forget_;
  CompareOptions compare_;
  PublishOptions publish_;
  AuditOptions audit_;
  ExplainOptions explain_;
  AnnounceOptions announce_;
  CharterProposeOptions charter_propose_;
  CharterWordsOptions charter_words_;
  SimulateOptions simulate_;
  std::string shell_;
  VectorsOptions vectors_;
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
  mikoshi::speak(mikoshi::language_asked(argc, argv));
  mikoshi::decide_colours(std::find(argv, argv + argc, std::string_view{"--no-color"}) != argv + argc);
  try {
    mikoshi::CommandLine line;
    return line.run(argc, argv);
  } catch (const std::bad_alloc&) {
    return mikoshi::report({mikoshi::Errc::internal, mikoshi::wording<mikoshi::Word::out_of_memory>(), {}});
  } catch (const std::exception& error) {
    return mikoshi::report({mikoshi::Errc::internal, error.what(), {}});
  }
}
