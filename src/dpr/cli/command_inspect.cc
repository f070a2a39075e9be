// dpr inspect: what a file or folder of ours is and holds, and whether it is whole.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/description_text.h"
#include "dpr/collection/describe.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

// Paths may be any bytes; JSON is text.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

constexpr const char* kFooter = R"(Examples:
  dpr inspect handbook.dpr
  dpr inspect handbook.dpr --verify          # reads every byte; exits 1 when one is damaged
  dpr inspect handbook.dpr --fingerprint     # the same for the same content, however it was made
  dpr inspect all-MiniLM-L6-v2/ --json)";

struct InspectCommand {
  std::string path;
  bool verify = false;
  bool fingerprint = false;
};

// Every kind that this build knows.
std::vector<Describer> AllDescribers() {
  std::vector<Describer> all = CollectionDescribers();
  for (const Describer& describer : VectorAndModelDescribers()) all.push_back(describer);
  return all;
}

Describer Find(const Path& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    throw Error(ErrorCode::kNotFound, "there is no such file or folder", path.string(),
                "Check the path");
  }
  for (const Describer& describer : AllDescribers()) {
    if (describer.recognises(path)) return describer;
  }
  throw Error(ErrorCode::kUnsupported, "this is nothing that dpr makes or reads", path.string(),
              "It explains collections and their files, vector files (.npy too) and models");
}

std::vector<std::string> Verify(const Describer& describer, const Path& path, Progress& progress) {
  if (describer.verify != nullptr) return describer.verify(path, progress);
  try {
    describer.describe(path);
    return {};
  } catch (const Error& error) {
    return {error.where() + ": " + error.problem()};
  }
}

[[noreturn]] void FailDamaged(const std::vector<std::string>& problems, const Path& path,
                              const Session& session) {
  if (session.json) {
    std::cout << Dump({{"verified", false}, {"problems", problems}}) << std::endl;
  } else {
    for (const std::string& problem : problems) std::cout << problem << "\n";
    std::cout << std::flush;
  }
  throw Error(ErrorCode::kCorrupt, std::to_string(problems.size()) + " damaged or missing",
              path.string(), "Restore what is named above from a copy, or make it again");
}

std::string Fingerprint(const Describer& describer, const Path& path, Progress& progress) {
  if (describer.fingerprint != nullptr) return describer.fingerprint(path, progress);
  throw Error(ErrorCode::kUsage, "only collections and models have a fingerprint", path.string(),
              "Leave --fingerprint out");
}

void Inspect(const InspectCommand& options, const Session& session) {
  const Path path = options.path;
  const Describer describer = Find(path);
  const auto progress = session.MakeProgress();
  if (options.verify) {
    const std::vector<std::string> problems = Verify(describer, path, *progress);
    if (!problems.empty()) FailDamaged(problems, path, session);
  }
  if (options.fingerprint && !session.json) {
    std::cout << Fingerprint(describer, path, *progress) << "\n";
    return;
  }
  Json description = Json::parse(describer.describe(path));
  if (options.verify) description["verified"] = true;
  if (options.fingerprint) description["fingerprint"] = Fingerprint(describer, path, *progress);
  std::cout << (session.json ? Dump(description) + "\n" : DescriptionText(Dump(description)));
}

}  // namespace

void AddInspectCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<InspectCommand>();
  CLI::App* command = program.add_subcommand("inspect", "what a collection, file or model holds");
  command->add_option("path", options->path, "a collection, one of its files, vectors or a model")
      ->required();
  command->add_flag("--verify", options->verify, "read all of it and name each damaged file");
  command->add_flag("--fingerprint", options->fingerprint, "print one hash of its content");
  command->footer(kFooter);
  command->callback([options, &session] { Inspect(*options, session); });
}

}  // namespace dpr::cli
