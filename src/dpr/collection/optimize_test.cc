// dpr optimize over collections: an index of each kind that is built, grows, goes on after a stop,
// and goes.
#include "dpr/collection/optimize.h"

#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/export_vectors.h"
#include "dpr/collection/import_vectors.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/segment_file.h"
#include "dpr/collection/test_collection.h"
#include "dpr/collection/test_errors.h"
#include "dpr/collection/test_hash_encoder.h"
#include "dpr/collection/test_kill.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/recall.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

const testing::HashEncoder kEncoder(24);

class OptimizeTest : public ::testing::TestWithParam<AnnKind> {
 protected:
  OptimizeTest() {
    options_.ann = GetParam() == AnnKind::kGraph ? AnnChoice::kGraph : AnnChoice::kInverted;
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

  static int64_t IndexRows(const Collection& collection) {
    return collection.ann() != nullptr ? collection.ann()->rows() : 0;
  }
  int64_t IndexRows() const { return IndexRows(Collection::Open(collection_)); }
  bool Exists(const std::string& name) const {
    std::error_code code;
    return std::filesystem::exists(collection_ / name, code);
  }

  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
  OptimizeOptions options_;
  std::atomic<bool> stop_ = false;
  NoProgress progress_;
};

TEST_P(OptimizeTest, BuildsAnIndexOnceAndGrowsIt) {
  Index(0, 1500);
  const OptimizeReport first = Optimize();
  EXPECT_TRUE(first.ann && first.built);
  ASSERT_TRUE(first.recall);
  EXPECT_TRUE(first.recall->reaches());
  EXPECT_NEAR(first.recall->reported_10, 0.9, 0.06);
  EXPECT_EQ(first.recall->asked, "passages");
  EXPECT_EQ(IndexRows(), 1500);
  EXPECT_FALSE(Optimize().built);

  Index(1500, 2000);
  EXPECT_EQ(IndexRows(), 1500) << "what came later is searched exactly";
  EXPECT_TRUE(Optimize().built);
  EXPECT_EQ(IndexRows(), 2000);
  EXPECT_TRUE(Collection::Verify(collection_, progress_).empty());
}

TEST_P(OptimizeTest, AStoppedBuildGoesOnAndWritersLeaveItAlone) {
  const std::string building =
      std::string("ann/building/") + AnnKindName(GetParam()) + ".building.json";
  Index(0, 1500);
  stop_ = true;
  EXPECT_TRUE(Optimize().stopped);
  EXPECT_TRUE(Exists(building));
  DeletePassages(collection_, std::vector<std::string>{"7"});
  EXPECT_TRUE(Exists(building));
  EXPECT_EQ(IndexRows(), 0);
  stop_ = false;
  EXPECT_EQ(Optimize().ann, GetParam());
  EXPECT_FALSE(Exists("ann/building"));
  EXPECT_EQ(IndexRows(), 1500);
}

TEST_P(OptimizeTest, DeletingKeepsItAndCompactingDropsIt) {
  Index(0, 2400);
  Optimize();
  std::vector<std::string> ids;
  for (int i = 0; i < 2400; i += 2) ids.push_back(std::to_string(i));
  DeletePassages(collection_, ids);
  EXPECT_EQ(IndexRows(), 2400);
  const Collection reader = Collection::Open(collection_);
  CompactCollection(collection_, progress_);
  EXPECT_EQ(IndexRows(), 0);
  EXPECT_EQ(IndexRows(reader), 2400) << "a reader keeps what it has";
  EXPECT_TRUE(Optimize().built);
  EXPECT_EQ(IndexRows(), 1200);
}

TEST_P(OptimizeTest, ExactIsChosenWhereItIsFastEnough) {
  Index(0, 1500);
  Optimize();
  options_.ann = AnnChoice::kAuto;
  const OptimizeReport report = Optimize();
  EXPECT_FALSE(report.ann);
  EXPECT_GT(report.exact_seconds, 0);
  EXPECT_THAT(report.because, ::testing::HasSubstr("exact search takes"));
  EXPECT_EQ(IndexRows(), 0);
  EXPECT_FALSE(Exists("ann"));
}

TEST_P(OptimizeTest, CodesThatAreMissingAreMade) {
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

TEST_P(OptimizeTest, DamagedCodesAreMadeAnew) {
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

TEST_P(OptimizeTest, ADamagedIndexIsNamed) {
  Index(0, 1200);
  Optimize();
  const Path folder =
      CollectionLayout(collection_).ann(ReadManifest(collection_, ManifestParts::kAll).ann);
  const Path file = folder / AnnKindName(GetParam());
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
  EXPECT_EQ(IndexRows(), 1200);
}

TEST_P(OptimizeTest, WhatWasImportedIsIndexedAsWhatWasEncoded) {
  Index(0, 1200);
  Optimize();
  const Path vectors = folder_.path() / "v.npy", other = folder_.path() / "imported.dpr";
  ExportVectors(Collection::Open(collection_), VectorFormat::kNpy, vectors, progress_);
  ForeignFiles files;
  files.push_back(OpenForeignVectors(vectors, {}));
  ImportedVectors imported(kEncoder.record(), std::move(files),
                           "wiki:", folder_.path() / "imported.ids");
  ImportVectors(other, ListSources({(folder_.path() / "p0.jsonl").string()}), imported, {},
                progress_);
  OptimizeCollection(other, options_, stop_, progress_);
  const Collection first = Collection::Open(collection_), second = Collection::Open(other);
  ASSERT_NE(second.ann(), nullptr);
  const ConstFloatView questions = first.search_space().blocks[0].vectors.rows_from(100, 20);
  EXPECT_EQ(second.ann()->Search(second.search_space(), questions, 10, 20),
            first.ann()->Search(first.search_space(), questions, 10, 20));
}

// Another process appends, deletes, optimizes and compacts; whatever a snapshot has, what it finds
// is live, and scored as it should be.
TEST_P(OptimizeTest, SearchesGoOnWhileAnotherProcessWrites) {
  const auto run = [](const std::vector<std::string>& command) {
    EXPECT_EQ(testing::Process(testing::DriverCommand(command)).Wait(), 0);
  };
  const auto index = [&](const std::string& prefix, int count) {
    const Path file = folder_.path() / (prefix + ".jsonl");
    WriteFileAtomically(file, testing::JsonLines(prefix, count));
    run({"index", collection_, "500", "250", "0", "-", file});
  };
  index("a", 1200);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int round = 0; round < 4; ++round) {
      const std::string number = std::to_string(round);
      run({"optimize", collection_, AnnKindName(GetParam())});
      index("b" + number + "-", 60);
      run({"delete", collection_, "a" + number, "a1" + number, "b" + number + "-7"});
      run({"optimize", collection_, AnnKindName(GetParam())});
      if (round == 2) run({"compact", collection_, "2000"});
    }
    done = true;
  });
  int with_index = 0, searches = 0;
  while (!done) {
    const Collection collection = Collection::Open(collection_);
    const SearchSpace space = collection.search_space();
    const ConstFloatView questions = space.blocks.front().vectors.rows_from(searches % 400, 5);
    const Similarity similarity = collection.encoder()->similarity;
    const AnnIndex* ann = collection.ann();
    const RankedRows found = ann != nullptr ? ann->Search(space, questions, 7, 30)
                                            : ExactSearch(space, similarity, questions, 7);
    for (int64_t i = 0; i < questions.rows; ++i) {
      const std::vector<ScoredRow>& hits = found[static_cast<size_t>(i)];
      ASSERT_EQ(hits.size(), 7u);
      for (const ScoredRow& hit : hits) {
        ASSERT_TRUE(collection.is_live(hit.row));
        const float score = ScoreRows(space, similarity, questions.row(i), {&hit.row, 1}).front();
        ASSERT_EQ(hit.score, score);
      }
    }
    with_index += ann != nullptr ? 1 : 0;
    ++searches;
  }
  writer.join();
  EXPECT_GT(with_index, 5);
  EXPECT_GT(searches, with_index) << "also without: at first, and after compacting";
}

TEST_P(OptimizeTest, AnotherKindTakesItsPlace) {
  Index(0, 1200);
  Optimize();
  options_.ann = GetParam() == AnnKind::kGraph ? AnnChoice::kInverted : AnnChoice::kGraph;
  stop_ = true;
  EXPECT_TRUE(Optimize().stopped);
  EXPECT_EQ(IndexRows(), 1200) << "the one before stays until then";
  stop_ = false;
  options_.ann = GetParam() == AnnKind::kGraph ? AnnChoice::kGraph : AnnChoice::kInverted;
  EXPECT_FALSE(Optimize().built);
  options_.ann = GetParam() == AnnKind::kGraph ? AnnChoice::kInverted : AnnChoice::kGraph;
  const OptimizeReport report = Optimize();
  EXPECT_TRUE(report.built);
  EXPECT_NE(report.ann, GetParam());
  EXPECT_TRUE(Collection::Verify(collection_, progress_).empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, OptimizeTest,
                         ::testing::Values(AnnKind::kGraph, AnnKind::kInverted),
                         [](const auto& kind) { return std::string(AnnKindName(kind.param)); });

}  // namespace
}  // namespace dpr
