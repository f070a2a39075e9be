// Changes a collection as `dpr index`, `import`, `delete`, `compact` and `optimize` do, with the
// tests' cheap encoder, so that kill_test can kill it hundreds of times in a minute.
//
// kill_driver index COLLECTION SEGMENT_PASSAGES BLOCK_PASSAGES BLOCK_MICROSECONDS FLAG SOURCE...
//   FLAG: -, replace, sync, skip-bad, bm25, or bm25-alone: without vectors
// kill_driver import COLLECTION SEGMENT_PASSAGES BLOCK_PASSAGES VECTORS PASSAGES
// kill_driver delete COLLECTION ID...
// kill_driver compact COLLECTION SEGMENT_PASSAGES
// kill_driver optimize COLLECTION graph|inverted
// Exit 0 done, 1 a dpr::Error, which is printed.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/import_vectors.h"
#include "dpr/collection/optimize.h"
#include "dpr/collection/test_hash_encoder.h"

namespace {

// Takes its time over a block, so that kills at random times meet every stage.
class SlowEncoder : public dpr::testing::HashEncoder {
 public:
  explicit SlowEncoder(int microseconds) : microseconds_(microseconds) {}
  dpr::EncodeCounts Encode(std::span<const dpr::Passage> passages,
                           dpr::FloatView out) const override {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds_));
    return HashEncoder::Encode(passages, out);
  }

 private:
  int microseconds_;
};

void Import(const dpr::Path& collection, const std::vector<std::string>& arguments) {
  dpr::NoProgress progress;
  dpr::IndexOptions options;
  options.segment_passages = std::stol(arguments.at(2));
  options.block_passages = std::stol(arguments.at(3));
  dpr::ForeignFiles files;
  files.push_back(dpr::OpenForeignVectors(arguments.at(4), {}));
  dpr::ImportedVectors vectors(dpr::testing::HashEncoder().record(), std::move(files),
                               "wiki:", collection.string() + ".import");
  dpr::ImportVectors(collection, dpr::ListSources({arguments.at(5)}), vectors, options, progress);
}

int Run(const std::vector<std::string>& arguments) {
  dpr::NoProgress progress;
  const std::string& command = arguments.at(0);
  const dpr::Path collection = arguments.at(1);
  if (command == "index") {
    dpr::IndexOptions options;
    options.segment_passages = std::stol(arguments.at(2));
    options.block_passages = std::stol(arguments.at(3));
    options.replace = arguments.at(5) == "replace";
    options.sync = arguments.at(5) == "sync";
    options.skip_bad = arguments.at(5) == "skip-bad";
    if (arguments.at(5).starts_with("bm25")) options.lexical = dpr::LexicalRecord();
    const bool vectors = arguments.at(5) != "bm25-alone";
    const SlowEncoder encoder(std::stoi(arguments.at(4)));
    const std::vector<dpr::Path> sources(arguments.begin() + 6, arguments.end());
    dpr::IndexPassages(collection, dpr::ListSources(sources), vectors ? &encoder : nullptr, options,
                       progress);
  } else if (command == "import") {
    Import(collection, arguments);
  } else if (command == "delete") {
    dpr::DeletePassages(collection, std::span(arguments).subspan(2));
  } else if (command == "compact") {
    dpr::CompactCollection(collection, progress, std::stol(arguments.at(2)));
  } else if (command == "optimize") {
    dpr::OptimizeOptions options;
    const bool graph = arguments.at(2) == "graph";
    options.ann = graph ? dpr::AnnChoice::kGraph : dpr::AnnChoice::kInverted;
    options.recall = 0.8;
    options.asking_passages = 60;
    options.graph = {.edges = 8, .most_edges = 12, .effort = 16};
    const std::atomic<bool> stop = false;
    dpr::OptimizeCollection(collection, options, stop, progress);
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run({argv + 1, argv + argc});
  } catch (const dpr::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
