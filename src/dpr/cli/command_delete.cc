// dpr delete: passages out of a collection, by id.
#include <CLI/CLI.hpp>
#include <iostream>

#include "dpr/cli/command.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr delete handbook.dpr apt.html#3 apt.html#4

Their space is given back by dpr compact.)";

}  // namespace

void AddDeleteCommand(CLI::App& program, const Session& session) {
  struct Options {
    std::string collection;
    std::vector<std::string> ids;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("delete", "delete passages by id");
  command->add_option("collection", options->collection, "the collection")->required();
  command->add_option("ids", options->ids, "ids of passages")->required();
  command->footer(kFooter);
  command->callback([options, &session] {
    const int64_t deleted = DeletePassages(options->collection, options->ids);
    if (session.json) {
      std::cout << "{\"deleted\":" << deleted << "}\n";
    } else if (!session.quiet) {
      std::cout << FormatCount(deleted) << " passages deleted\n";
    }
  });
}

}  // namespace dpr::cli
