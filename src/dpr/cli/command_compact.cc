// dpr compact: gives back the space of deleted passages.
#include <CLI/CLI.hpp>
#include <iostream>

#include "dpr/cli/command.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr compact handbook.dpr)";

}  // namespace

void AddCompactCommand(CLI::App& program, const Session& session) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = program.add_subcommand("compact", "give back the space of deleted passages");
  command->add_option("collection", *folder, "the collection")->required();
  command->footer(kFooter);
  command->callback([folder, &session] {
    const int64_t before = Collection::Open(*folder).rows();
    {
      const auto progress = session.MakeProgress();
      CompactCollection(*folder, *progress);
    }
    const int64_t after = Collection::Open(*folder).rows();
    if (session.json) {
      std::cout << "{\"rows_before\":" << before << ",\"rows_after\":" << after << "}\n";
    } else if (!session.quiet) {
      std::cout << FormatCount(before - after) << " deleted passages removed, "
                << FormatCount(after) << " kept\n";
    }
  });
}

}  // namespace dpr::cli
