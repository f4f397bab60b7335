// SPDX-License-Identifier: MIT
/// The command line: every command and flag in one place. What the commands do stands in command_*.cpp.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "advice.hpp"
#include "command.hpp"
#include "descriptor.hpp"
#include "mikoshi/version.hpp"

namespace mikoshi {
namespace {

int report(const Error& error) {
  std::string line = fmt::format("mikoshi: error[{}]: {}", name(error.code),
                                 error.what.empty() ? std::string{meaning(error.code)} : error.what);
  if (!error.where.empty()) line += "; " + error.where.substr(0, 200);  // it may quote what was given
  fmt::print(stderr, "{}\n  {}\n", printable(line), advice(error.code));
  return exit_code(error.code);
}

using Run = std::function<Result<Printout>()>;

void add_split(CLI::App& app, Run& run) {
  auto options = std::make_shared<SplitOptions>();
  CLI::App* command = app.add_subcommand("split", "Split amounts by weights, without a ledger");
  command->add_option("--rule", options->rule, "carry (fair for ever) or hamilton (one-off)")
      ->check(CLI::IsMember({"carry", "hamilton"}))
      ->capture_default_str();
  command->add_option("--amount", options->amounts, "minor units; several are split one after the other")
      ->required()
      ->expected(1, -1);
  auto* weights = command->add_option("--weights", options->weights, "id=weight,id=weight,…")->delimiter(',');
  auto* file = command->add_option("--weights-file", options->weights_file, "CSV with the columns id and weight");
  weights->excludes(file);
  command->callback([options, &run] { run = [options] { return run_split(*options); }; });
}

int run_tool(int argc, char** argv) {
  CLI::App app{"mikoshi: a community carries its money together, and any member can check the whole of it", "mikoshi"};
  app.set_version_flag("--version", "mikoshi " MIKOSHI_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  CommonOptions common;
  app.add_option("--dir", common.dir, "the DAO's folder")->capture_default_str();
  app.add_flag("--json", common.json, "one line of JSON for programs");
  Run run;
  add_split(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return report({Errc::usage, error.what(), {}});
  }
  Result<Printout> result = run();
  if (!result) return report(result.error());
  const std::string text = common.json ? to_canonical(result->json) + "\n" : result->words;
  if (!write_all(STDOUT_FILENO, text)) return report({Errc::write_failed, std::strerror(errno), "standard output"});
  return 0;
}

}  // namespace
}  // namespace mikoshi

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a failed write, and says so
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    return mikoshi::run_tool(argc, argv);
  } catch (const std::exception& error) {
    return mikoshi::report({mikoshi::Errc::internal, error.what(), {}});
  }
}
