// dpr delete: takes passages out of a collection by id.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/cli/command.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr delete mine.dpr 17 18

`dpr compact` then frees the space.)";

struct DeleteCommand {
  std::string collection;
  std::vector<std::string> ids;
};

void Delete(const DeleteCommand& options, const Session& session) {
  const int64_t deleted = DeletePassages(options.collection, options.ids);
  const int64_t passages = Collection::Open(options.collection).passages();
  const auto already = static_cast<int64_t>(options.ids.size()) - deleted;
  if (session.json) {
    const nlohmann::ordered_json result = {
        {"deleted", deleted}, {"deleted_before", already}, {"passages", passages}};
    std::cout << result.dump() << "\n";
    return;
  }
  std::cout << FormatCount(deleted) << " passages deleted, ";
  if (already > 0) std::cout << FormatCount(already) << " had been deleted before, ";
  std::cout << FormatCount(passages) << " left\n";
}

}  // namespace

void AddDeleteCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<DeleteCommand>();
  CLI::App* command = program.add_subcommand("delete", "delete passages by id");
  command->add_option("collection", options->collection, "the collection")->required();
  command->add_option("ids", options->ids, "ids of passages; when one is unknown, none is deleted")
      ->required();
  command->footer(kFooter);
  command->callback([options, &session] { Delete(*options, session); });
}

}  // namespace dpr::cli
