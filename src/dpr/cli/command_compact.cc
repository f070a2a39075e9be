// dpr compact: frees the space of deleted passages and joins small segments.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/cli/command.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr compact mine.dpr

Searches go on meanwhile. A command that was killed can be given again and goes on.)";

// What changes by compacting.
struct Size {
  uint64_t bytes = 0;
  size_t segments = 0;
};

Size Measure(const std::string& collection) {
  const auto json = nlohmann::json::parse(Collection::Open(collection).DescribeJson());
  return {json.at("bytes").get<uint64_t>(), json.at("segments").size()};
}

void Compact(const std::string& collection, const Session& session) {
  const Size before = Measure(collection);
  const auto progress = session.MakeProgress();
  CompactCollection(collection, *progress);
  const Size after = Measure(collection);
  const int64_t passages = Collection::Open(collection).passages();
  if (session.json) {
    const nlohmann::ordered_json result = {{"passages", passages},
                                           {"segments_before", before.segments},
                                           {"segments", after.segments},
                                           {"bytes_before", before.bytes},
                                           {"bytes", after.bytes}};
    std::cout << result.dump() << "\n";
    return;
  }
  std::cout << FormatCount(passages) << " passages, "
            << FormatCount(static_cast<int64_t>(before.segments)) << " segments before and "
            << FormatCount(static_cast<int64_t>(after.segments)) << " now, "
            << FormatBytes(before.bytes) << " before and " << FormatBytes(after.bytes) << " now\n";
}

}  // namespace

void AddCompactCommand(CLI::App& program, const Session& session) {
  auto collection = std::make_shared<std::string>();
  CLI::App* command =
      program.add_subcommand("compact", "free the space of deleted passages, join small segments");
  command->add_option("collection", *collection, "the collection")->required();
  command->footer(kFooter);
  command->callback([collection, &session] { Compact(*collection, session); });
}

}  // namespace dpr::cli
