// dpr optimize over collections: a graph that is built, grows, goes on after a kill, and goes.
#include "dpr/collection/optimize.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/segment_file.h"
#include "dpr/collection/test_collection.h"
#include "dpr/collection/test_errors.h"
#include "dpr/collection/test_hash_encoder.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/recall.h"

namespace dpr {
namespace {

const testing::HashEncoder kEncoder(24);

class OptimizeTest : public ::testing::Test {
 protected:
  OptimizeTest() {
    options_.ann = AnnChoice::kGraph;
    options_.recall = 0.9;
    options_.graph = {.edges = 12, .most_edges = 16, .effort = 32};
  }

  // Passages `first` to `last` - 1, as one source.
  void Index(int first, int last) {
    std::string lines;
    for (int i = first; i < last; ++i) {
      const nlohmann::json line = {{"id", std::to_string(i)},
                                   {"text", "passage number " + std::to_string(i)}};
      lines += line.dump() + "\n";
    }
    const Path file = folder_.path() / ("p" + std::to_string(first) + ".jsonl");
    WriteFileAtomically(file, lines);
    IndexPassages(collection_, ListSources({file.string()}), &kEncoder, {}, progress_);
  }

  OptimizeReport Optimize() { return OptimizeCollection(collection_, options_, stop_, progress_); }

  static int64_t GraphRows(const Collection& collection) {
    return collection.graph() != nullptr ? collection.graph()->rows() : 0;
  }
  int64_t GraphRows() const { return GraphRows(Collection::Open(collection_)); }
  bool Exists(const char* name) const {
    std::error_code code;
    return std::filesystem::exists(collection_ / name, code);
  }

  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
  OptimizeOptions options_;
  std::atomic<bool> stop_ = false;
  NoProgress progress_;
};

TEST_F(OptimizeTest, BuildsAGraphOnceAndGrowsIt) {
  Index(0, 1500);
  const OptimizeReport first = Optimize();
  EXPECT_TRUE(first.graph && first.built);
  ASSERT_TRUE(first.recall);
  EXPECT_TRUE(first.recall->reaches());
  EXPECT_NEAR(first.recall->reported_10, 0.9, 0.06);
  EXPECT_EQ(first.recall->asked, "passages");
  EXPECT_EQ(GraphRows(), 1500);
  EXPECT_FALSE(Optimize().built);

  Index(1500, 2000);
  EXPECT_EQ(GraphRows(), 1500) << "what came later is searched exactly";
  EXPECT_TRUE(Optimize().built);
  EXPECT_EQ(GraphRows(), 2000);
  EXPECT_TRUE(Collection::Verify(collection_, progress_).empty());
}

TEST_F(OptimizeTest, AStoppedBuildGoesOnAndWritersLeaveItAlone) {
  Index(0, 1500);
  stop_ = true;
  EXPECT_TRUE(Optimize().stopped);
  EXPECT_TRUE(Exists("ann/building/graph.building"));
  DeletePassages(collection_, std::vector<std::string>{"7"});
  EXPECT_TRUE(Exists("ann/building/graph.building"));
  EXPECT_EQ(GraphRows(), 0);
  stop_ = false;
  EXPECT_TRUE(Optimize().graph);
  EXPECT_FALSE(Exists("ann/building"));
  EXPECT_EQ(GraphRows(), 1500);
}

TEST_F(OptimizeTest, DeletingKeepsItAndCompactingDropsIt) {
  Index(0, 2400);
  Optimize();
  std::vector<std::string> ids;
  for (int i = 0; i < 2400; i += 2) ids.push_back(std::to_string(i));
  DeletePassages(collection_, ids);
  EXPECT_EQ(GraphRows(), 2400);
  const Collection reader = Collection::Open(collection_);
  CompactCollection(collection_, progress_);
  EXPECT_EQ(GraphRows(), 0);
  EXPECT_EQ(GraphRows(reader), 2400) << "a reader keeps what it has";
  EXPECT_TRUE(Optimize().built);
  EXPECT_EQ(GraphRows(), 1200);
}

TEST_F(OptimizeTest, ExactIsChosenWhereItIsFastEnough) {
  Index(0, 1500);
  Optimize();
  options_.ann = AnnChoice::kAuto;
  const OptimizeReport report = Optimize();
  EXPECT_FALSE(report.graph);
  EXPECT_GT(report.exact_seconds, 0);
  EXPECT_THAT(report.because, ::testing::HasSubstr("exact search: it takes"));
  EXPECT_EQ(GraphRows(), 0);
  EXPECT_FALSE(Exists("ann"));
}

TEST_F(OptimizeTest, CodesThatAreMissingAreMade) {
  Index(0, 50);
  const Path segment = collection_ / "segments/000001";
  SegmentContent content = ReadSegment(segment);
  std::erase_if(content.files, [](const SegmentFile& file) { return file.name == kCodesFile; });
  WriteSegment(segment, content);
  RemoveAll(segment / kCodesFile);
  EXPECT_TRUE(Collection::Open(collection_).search_space().blocks[0].codes.empty());
  EXPECT_EQ(Optimize().coded_segments, 1);
  EXPECT_FALSE(Collection::Open(collection_).search_space().blocks[0].codes.empty());
  EXPECT_EQ(Optimize().coded_segments, 0);
}

TEST_F(OptimizeTest, DamagedCodesAreMadeAnew) {
  Index(0, 50);
  const Path file = collection_ / "segments/000001" / kCodesFile;
  const std::string before = ReadFile(file);
  for (const size_t at : {before.size() - 30, size_t{20}}) {  // a code; the dimensions
    std::string damaged = before;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    WriteFileAtomically(file, damaged);
    EXPECT_EQ(Optimize().coded_segments, 1);
    EXPECT_EQ(ReadFile(file), before);
    EXPECT_TRUE(Collection::Verify(collection_, progress_).empty());
  }
}

TEST_F(OptimizeTest, ADamagedGraphIsNamed) {
  Index(0, 1200);
  Optimize();
  const Path graph =
      CollectionLayout(collection_).graph(ReadManifest(collection_, ManifestParts::kAll).graph);
  const Path file = graph / kGraphFile;
  File update = File::OpenForUpdating(file);
  std::byte byte[1];
  update.ReadAt(5000, byte);
  byte[0] ^= std::byte{1};
  update.WriteAt(5000, byte);
  const auto problems = Collection::Verify(collection_, progress_);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], ::testing::HasSubstr(file.string()));
  RemoveAll(file);
  EXPECT_THROW(Collection::Open(collection_), Error);
  EXPECT_TRUE(Optimize().built) << "as the message says";
  EXPECT_EQ(GraphRows(), 1200);
}

}  // namespace
}  // namespace dpr
