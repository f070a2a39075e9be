#include "dpr/cli/usage_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "dpr/base/nearest_name.h"

namespace dpr::cli {
namespace {

// "Did you mean `search`? ", or nothing when no name is near or begins like it.
std::string Suggestion(const std::string& given, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(given, names);
  return nearest.empty() ? "" : "Did you mean `" + nearest + "`? ";
}

// The command that was named last.
const CLI::App& LastCommand(const CLI::App& program) {
  const std::vector<CLI::App*> below = program.get_subcommands();
  return below.empty() ? program : LastCommand(*below.front());
}

std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : FullName(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// Those of the commands above it are understood behind it too.
std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

}  // namespace

Error UsageError(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = LastCommand(program);
  const std::string name = FullName(command);
  const std::string help = "`" + name + " --help` explains it";
  const std::vector<std::string> rest = program.remaining(true);
  const auto option = std::ranges::find_if(
      rest, [](const std::string& word) { return word.size() > 1 && word[0] == '-'; });
  if (option != rest.end()) {
    const std::string given = option->substr(0, option->find('='));
    return Error(ErrorCode::kUsage, "`" + name + "` has no option `" + given + "`", {},
                 Suggestion(given, OptionsOf(command)) + help);
  }
  const std::vector<std::string> commands = CommandsOf(command);
  if (!commands.empty()) {
    return Error(ErrorCode::kUsage,
                 rest.empty() ? "`" + name + "` needs a command"
                              : "`" + rest.front() + "` is no command of `" + name + "`",
                 {}, (rest.empty() ? "" : Suggestion(rest.front(), commands)) + help);
  }
  if (!rest.empty()) {
    return Error(ErrorCode::kUsage,
                 "`" + rest.front() + "` is one argument too many for `" + name + "`", {}, help);
  }
  return Error(ErrorCode::kUsage, error.what(), {}, help);
}

}  // namespace dpr::cli
