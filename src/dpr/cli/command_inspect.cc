// dpr inspect: what a file or folder of ours, or a model, is and holds; and whether it is whole.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/collection/describe.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr inspect handbook.dpr
  dpr inspect handbook.dpr --verify        # reads everything; exit 1 when something is damaged
  dpr inspect all-MiniLM-L6-v2/ --json)";

struct InspectOptions {
  std::string path;
  bool verify = false, fingerprint = false;
};

Describer FindDescriber(const Path& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorCode::kNotFound, "there is no such file or folder", path.string(),
                "Check the path");
  }
  for (const auto& list : {CollectionDescribers(), VectorAndModelDescribers()}) {
    for (const Describer& describer : list) {
      if (describer.recognises(path)) return describer;
    }
  }
  throw Error(ErrorCode::kUnsupported, "this is nothing that dpr makes or reads", path.string(),
              "Give a collection, one of its files, a .npy file or the folder of an encoder");
}

// "key: value" lines, nested keys indented.
void PrintText(const Json& json, int depth) {
  for (const auto& [key, value] : json.items()) {
    std::cout << std::string(static_cast<size_t>(2 * depth), ' ');
    if (json.is_object()) std::cout << key << ":";
    if (value.is_structured()) {
      std::cout << (json.is_object() ? "\n" : "-\n");
      PrintText(value, depth + 1);
    } else {
      std::cout << " " << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
  }
}

// What --verify found: false when something is damaged.
bool Verify(const Describer& describer, const InspectOptions& options, const Session& session,
            Json& result) {
  const auto progress = session.MakeProgress();
  std::vector<std::string> damages;
  if (describer.verify != nullptr) damages = describer.verify(options.path, *progress);
  result["damages"] = damages;
  result["verified"] = damages.empty();
  return damages.empty();
}

void Inspect(const InspectOptions& options, const Session& session) {
  const Describer describer = FindDescriber(options.path);
  Json result = Json::object();
  bool whole = true;
  if (options.verify) whole = Verify(describer, options, session, result);
  if (whole) {
    Json description = Json::parse(describer.describe(options.path));
    description.update(result);
    result = description;
  }
  if (whole && options.fingerprint) {
    if (describer.fingerprint == nullptr) {
      throw Error(ErrorCode::kUsage, "a fingerprint is of a collection", options.path,
                  "Leave --fingerprint out");
    }
    const auto progress = session.MakeProgress();
    result["fingerprint"] = describer.fingerprint(options.path, *progress);
  }
  if (session.json) {
    std::cout << result.dump() << std::endl;
  } else {
    PrintText(result, 0);
    std::cout << std::flush;
  }
  if (!whole) {
    throw Error(ErrorCode::kCorrupt,
                std::to_string(result["damages"].size()) + " files are damaged or missing",
                options.path, "Restore them from a copy, or index again");
  }
}

}  // namespace

void AddInspectCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      program.add_subcommand("inspect", "say what a collection, a file or an encoder holds");
  command->add_option("path", options->path, "a collection, one of its files, an encoder")
      ->required();
  command->add_flag("--verify", options->verify, "read all of it and name what is damaged");
  command->add_flag("--fingerprint", options->fingerprint, "one hash of the logical content");
  command->footer(kFooter);
  command->callback([options, &session] { Inspect(*options, session); });
}

}  // namespace dpr::cli
