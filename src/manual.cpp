// SPDX-License-Identifier: MIT
#include "manual.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <set>
#include <vector>

#include "mikoshi/version.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

/// A command with the words that lead to it: "member join"; "" is mikoshi itself.
struct Command {
  std::string path;
  const CLI::App* app;
};

void walk(std::vector<Command>& found, const std::string& path, const CLI::App& app) {
  found.push_back({path, &app});
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; }))
    walk(found, path + (path.empty() ? "" : " ") + child->get_name(), *child);
}

std::vector<Command> commands_of(const CLI::App& app) {
  std::vector<Command> found;
  walk(found, "", app);
  return found;
}

std::vector<const CLI::App*> children_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> flags_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() != 0; }

/// "-h", "--help".
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

/// The values of a closed list, as CLI11 writes it in the type's name: TEXT:{salon,equal}.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

// --- the manual -----------------------------------------------------------------------------------------------------

/// Text for roff. A line may break before any 漢字 or かな, but not before 、。」 nor behind （「; roff alone would only break at
/// spaces.
std::string roff(std::string_view text) {
  const auto breaks_before = [&](std::size_t at) {
    const std::string_view before = text.substr(0, at), here = text.substr(at, 3);
    return at != 0 && here != "、" && here != "。" && here != "」" && !before.ends_with("（") &&
           !before.ends_with("「");
  };
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '\\') {
      out += "\\e";
    } else if (text[i] == '-') {
      out += "\\-";
    } else if (text[i] == '\n') {
      out += "\n.br\n";
    } else if (byte >= 0xe3 && byte <= 0xe9 && i + 2 < text.size()) {  // U+3000 to U+9FFF
      if (breaks_before(i)) out += "\\:";
      out += text.substr(i, 3);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string option_entry(const CLI::Option& option) {
  std::string head;
  for (const std::string& name : names_of(option)) head += (head.empty() ? "" : ", ") + bold(name);
  if (head.empty()) head = italic(option.get_name(true));
  if (takes_value(option) && option.nonpositional()) {
    const auto choices = choices_of(option);
    head += " " + (choices.empty() ? italic(option.get_type_name().substr(0, option.get_type_name().find(':')))
                                   : bold(fmt::format("{}", fmt::join(choices, "|"))));
    if (!option.get_default_str().empty()) head += roff(" [" + option.get_default_str() + "]");
  }
  return ".TP\n" + head + "\n" + roff(option.get_description()) + "\n";
}

std::string synopsis(const Command& command) {
  std::string text = bold("mikoshi" + (command.path.empty() ? "" : " " + command.path));
  for (const CLI::Option* option : flags_of(*command.app))
    if (option->get_required()) text += " " + bold(names_of(*option).back()) + " " + italic("…");
  for (const CLI::Option* option : positionals_of(*command.app)) {
    const bool several = option->get_expected_max() > 1;
    const std::string name = italic(option->get_name(true)) + (several ? "…" : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

// --- completions ----------------------------------------------------------------------------------------------------

/// 'text' for a shell, whatever stands in it.
std::string shell_text(std::string_view text, std::string_view quote_inside = "'\\''") {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote_inside;
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// The patterns of a case that follows the words of a command: `" new"|" member"|"member join"`.
std::string step_patterns(const std::vector<Command>& commands, std::string_view between) {
  std::string patterns;
  for (const Command& command : commands) {
    if (command.path.empty()) continue;
    const bool top = command.path.find(' ') == std::string::npos;
    patterns += (patterns.empty() ? "" : std::string{between}) + "\"" + (top ? " " : "") + command.path + "\"";
  }
  return patterns;
}

/// The options that a value follows.
std::string valued_patterns(const std::vector<Command>& commands, std::string_view between) {
  std::set<std::string> names;
  for (const Command& command : commands)
    for (const CLI::Option* option : flags_of(*command.app))
      if (takes_value(*option))
        for (std::string& name : names_of(*option)) names.insert(std::move(name));
  return fmt::format("{}", fmt::join(names, between));
}

std::string bash_script(const CLI::App& app) {
  const std::vector<Command> commands = commands_of(app);
  std::string script =
      "# source <(mikoshi completion bash)\n"
      "_mikoshi() {\n"
      "  local command='' words='' i\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${COMP_WORDS[i - 1]}\" in\n      " +
      valued_patterns(commands, "|") +
      ") continue ;;\n    esac\n"
      "    case \"$command ${COMP_WORDS[i]}\" in\n      " +
      step_patterns(commands, "|") +
      ") command=\"${command:+$command }${COMP_WORDS[i]}\" ;;\n    esac\n  done\n"
      "  case \"$command $previous\" in\n";
  std::string global;
  for (const CLI::Option* option : flags_of(app)) {
    for (const std::string& name : names_of(*option)) global += " " + name;
    if (const auto choices = choices_of(*option); !choices.empty())
      for (const std::string& name : names_of(*option))
        script += fmt::format("    *\" {}\") words='{}' ;;\n", name, fmt::join(choices, " "));
  }
  for (const Command& command : commands)
    for (const CLI::Option* option : flags_of(*command.app))
      if (const auto choices = choices_of(*option); !choices.empty() && !command.path.empty())
        for (const std::string& name : names_of(*option))
          script += fmt::format("    \"{} {}\") words='{}' ;;\n", command.path, name, fmt::join(choices, " "));
  script += "  esac\n  if [ -z \"$words\" ]; then\n    case \"$previous\" in\n      " + valued_patterns(commands, "|") +
            ") return ;;\n    esac\n    case \"$command\" in\n";
  for (const Command& command : commands) {
    std::vector<std::string> words;
    for (const CLI::App* child : children_of(*command.app)) words.push_back(child->get_name());
    for (const CLI::Option* option : positionals_of(*command.app))
      for (std::string& choice : choices_of(*option)) words.push_back(std::move(choice));
    if (!command.path.empty())
      for (const CLI::Option* option : flags_of(*command.app))
        for (std::string& name : names_of(*option)) words.push_back(std::move(name));
    script += fmt::format("      '{}') words='{}' ;;\n", command.path, fmt::join(words, " "));
  }
  script += "    esac\n    words=\"$words" + global +
            "\"\n  fi\n"
            "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
            "}\n"
            "complete -o default -F _mikoshi mikoshi\n";
  return script;
}

std::string zsh_script(const CLI::App& app) {
  const std::vector<Command> commands = commands_of(app);
  const auto item = [](const std::string& name, const std::string& about) {
    return " " + shell_text(name + ":" + about.substr(0, about.find('\n')));
  };
  const auto option_items = [&](const CLI::App& of) {
    std::string items;
    for (const CLI::Option* option : flags_of(of))
      for (const std::string& name : names_of(*option)) items += item(name, option->get_description());
    return items;
  };
  std::string script =
      "#compdef mikoshi\n"
      "# source <(mikoshi completion zsh)\n"
      "_mikoshi() {\n"
      "  local command='' i\n"
      "  local -a choices commands options\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"${words[i-1]}\" in\n      (" +
      valued_patterns(commands, "|") +
      ") continue ;;\n    esac\n"
      "    case \"$command ${words[i]}\" in\n      (" +
      step_patterns(commands, "|") +
      ") command=\"${command:+$command }${words[i]}\" ;;\n    esac\n  done\n"
      "  case \"$command\" in\n";
  for (const Command& command : commands) {
    std::string children, choices;
    for (const CLI::App* child : children_of(*command.app))
      children += item(child->get_name(), child->get_description());
    for (const CLI::Option* option : positionals_of(*command.app))
      for (const std::string& choice : choices_of(*option)) choices += " " + shell_text(choice);
    script += fmt::format("    ({}) commands=({} ) choices=({} ) options=({} ) ;;\n", shell_text(command.path),
                          children, choices, command.path.empty() ? "" : option_items(*command.app));
  }
  script += "  esac\n  options+=(" + option_items(app) + " )\n  case \"$command ${words[CURRENT-1]}\" in\n";
  for (const Command& command : commands)
    for (const CLI::Option* option : flags_of(*command.app))
      if (const auto list = choices_of(*option); !list.empty())
        for (const std::string& name : names_of(*option))
          script += fmt::format("    ({}) choices=({}); _describe value choices; return ;;\n",
                                command.path.empty() ? "*' " + name + "'" : shell_text(command.path + " " + name),
                                fmt::join(list, " "));
  script += "  esac\n  case \"${words[CURRENT-1]}\" in\n    (" + valued_patterns(commands, "|") +
            ") _files; return ;;\n  esac\n"
            "  if [[ \"${words[CURRENT]}\" == -* ]]; then _describe option options\n"
            "  elif (( $#commands )); then _describe command commands\n"
            "  elif (( $#choices )); then _describe value choices\n"
            "  else _files; fi\n"
            "}\n"
            "if [ \"$funcstack[1]\" = _mikoshi ]; then _mikoshi \"$@\"; else compdef _mikoshi mikoshi; fi\n";
  return script;
}

std::string fish_script(const CLI::App& app) {
  const std::vector<Command> commands = commands_of(app);
  const auto text = [](std::string_view given) { return shell_text(given.substr(0, given.find('\n')), "\\'"); };
  std::string script =
      "# mikoshi completion fish | source\n"
      "function __mikoshi_at\n"
      "  set -l command ''\n"
      "  set -l previous ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if not contains -- \"$previous\" " +
      valued_patterns(commands, " ") + "\n      switch \"$command $word\"\n        case " +
      step_patterns(commands, " ") +
      "\n          set command (string trim \"$command $word\")\n      end\n    end\n    set previous \"$word\"\n  "
      "end\n"
      "  test \"$command\" = \"$argv\"\nend\n";
  for (const Command& command : commands) {
    const std::string here = "complete -c mikoshi -n " + shell_text("__mikoshi_at \"" + command.path + "\"");
    for (const CLI::App* child : children_of(*command.app))
      script += fmt::format("{} -f -a {} -d {}\n", here, child->get_name(), text(child->get_description()));
    for (const CLI::Option* option : positionals_of(*command.app))
      if (const auto choices = choices_of(*option); !choices.empty())
        script += fmt::format("{} -f -a '{}'\n", here, fmt::join(choices, " "));
    for (const CLI::Option* option : flags_of(*command.app)) {
      script += command.path.empty() ? "complete -c mikoshi" : here;
      for (const std::string& name : option->get_snames()) script += " -s " + name;
      for (const std::string& name : option->get_lnames()) script += " -l " + name;
      if (const auto choices = choices_of(*option); !choices.empty()) {
        script += fmt::format(" -x -a '{}'", fmt::join(choices, " "));
      } else if (takes_value(*option)) {
        script += " -r";
      }
      script += " -d " + text(option->get_description()) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  const std::vector<Command> commands = commands_of(app);
  const auto section = [](const std::string& title) { return ".SH " + roff(title) + "\n"; };
  const std::string about = app.get_description();
  std::string page = ".TH MIKOSHI 1 \"\" \"mikoshi " MIKOSHI_VERSION "\"\n.ad l\n";
  page += section(wording<Word::man_name>()) + "mikoshi \\- " + roff(about.substr(about.find(' ') + 1)) + "\n";
  page += section(wording<Word::man_synopsis>()) + bold("mikoshi") + " [" +
          italic(wording<Word::help_usage_options>()) + "] " + italic(wording<Word::help_usage_subcommand>()) + "\n";
  page += section(wording<Word::man_description>()) + roff(wording<Word::man_description_text>()) + "\n";
  page += section(wording<Word::man_options>());
  for (const CLI::Option* option : flags_of(app)) page += option_entry(*option);
  page += section(wording<Word::man_commands>());
  for (const Command& command : commands) {
    if (command.path.empty() || !children_of(*command.app).empty()) continue;
    page += ".SS " + synopsis(command) + "\n" + roff(command.app->get_description()) + "\n";
    for (const CLI::Option* option : positionals_of(*command.app)) page += option_entry(*option);
    for (const CLI::Option* option : flags_of(*command.app))
      if (option != command.app->get_help_ptr()) page += option_entry(*option);
  }
  page += section(wording<Word::man_environment>());
  page += ".TP\n" + bold("LC_ALL") + ", " + bold("LC_MESSAGES") + ", " + bold("LANG") + "\n" +
          roff(wording<Word::man_environment_language>()) + "\n";
  page += ".TP\n" + bold("NO_COLOR") + "\n" + roff(wording<Word::man_environment_colour>()) + "\n";
  page += section(wording<Word::man_exit>()) + roff(wording<Word::man_exit_text>()) + "\n";
  return page;
}

std::string completion_script(const CLI::App& app, std::string_view shell) {
  if (shell == "bash") return bash_script(app);
  if (shell == "zsh") return zsh_script(app);
  return fish_script(app);
}

}  // namespace mikoshi
