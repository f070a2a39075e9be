// BM25 as a part of a collection: made with it, added later, alone, kept by every change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/test_collection.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const testing::HashEncoder kEncoder;

IndexOptions WithBm25(int64_t segment_passages = kSegmentPassages) {
  IndexOptions options;
  options.segment_passages = segment_passages;
  options.lexical = LexicalRecord();
  return options;
}

class LexicalCollectionTest : public ::testing::Test {
 protected:
  Path Source(const std::string& prefix, int count) const {
    return folder_.Write(prefix + ".jsonl", testing::JsonLines(prefix, count));
  }
  Path At(const std::string& name) const { return folder_.path() / name; }
  IndexReport Index(const Path& collection, const std::vector<Path>& sources,
                    const IndexOptions& options, const PassageEncoder* encoder) const {
    NoProgress progress;
    const std::vector<SourceFile> files =
        sources.empty() ? std::vector<SourceFile>() : ListSources(sources);
    return IndexPassages(collection, files, encoder, options, progress);
  }
  // The ids that BM25 finds, in order.
  static std::vector<std::string> Find(const Path& folder, const std::string& question,
                                       int64_t k = 1000) {
    const Collection collection = Collection::Open(folder);
    std::vector<std::string> ids;
    const auto found = collection.OpenLexical().Search({&question, 1}, k, {})[0];
    for (const ScoredRow& hit : found) {
      ids.push_back(collection.Get(std::vector<int64_t>{hit.row})[0].passage.id);
    }
    return ids;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(LexicalCollectionTest, AloneWithLaterOrFirstItIsTheSameContent) {
  const Path source = Source("p", 70);
  Index(At("together.dpr"), {source}, WithBm25(20), &kEncoder);
  Index(At("later.dpr"), {source}, testing::SmallSegments(30), &kEncoder);
  Index(At("later.dpr"), {}, WithBm25(30), &kEncoder);
  Index(At("first.dpr"), {source}, WithBm25(40), nullptr);
  EXPECT_FALSE(Collection::Open(At("first.dpr")).encoder().has_value());
  EXPECT_NE(testing::FingerprintOf(At("first.dpr")), testing::FingerprintOf(At("later.dpr")));
  Index(At("first.dpr"), {}, testing::SmallSegments(40), &kEncoder);
  const std::string fingerprint = testing::FingerprintOf(At("together.dpr"));
  EXPECT_EQ(testing::FingerprintOf(At("later.dpr")), fingerprint);
  EXPECT_EQ(testing::FingerprintOf(At("first.dpr")), fingerprint);
  EXPECT_EQ(testing::Contents(At("first.dpr")), testing::Contents(At("together.dpr")));
  for (const char* name : {"together.dpr", "later.dpr", "first.dpr"}) {
    NoProgress progress;
    EXPECT_THAT(Find(At(name), "title p7"), SizeIs(70)) << name;
    EXPECT_EQ(Find(At(name), "p7").at(0), "p7") << name;
    EXPECT_THAT(Collection::Verify(At(name), progress), IsEmpty()) << name;
  }
}

TEST_F(LexicalCollectionTest, AppendsDeletesAndCompactsKeepIt) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 30)}, WithBm25(10), &kEncoder);
  Index(collection, {Source("q", 25)}, testing::SmallSegments(10), &kEncoder);
  EXPECT_THAT(Find(collection, "q3"), ::testing::ElementsAre("q3"));
  const std::vector<std::string> ids = {"q3", "p1", "p2"};
  DeletePassages(collection, ids);
  EXPECT_THAT(Find(collection, "q3"), IsEmpty());
  EXPECT_EQ(Collection::Open(collection).OpenLexical().statistics().passages, 55)
      << "deleted passages count until they are compacted away";
  NoProgress progress;
  CompactCollection(collection, progress, 100);
  EXPECT_THAT(Find(collection, "q3"), IsEmpty());
  EXPECT_THAT(Find(collection, "q4"), ::testing::ElementsAre("q4"));
  EXPECT_EQ(Collection::Open(collection).OpenLexical().statistics().passages, 52);
}

TEST_F(LexicalCollectionTest, BM25AloneIsCompactedToo) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 30)}, WithBm25(10), nullptr);
  const std::vector<std::string> ids = {"p1", "p2"};
  DeletePassages(collection, ids);
  const std::string fingerprint = testing::FingerprintOf(collection);
  NoProgress progress;
  CompactCollection(collection, progress, 100);
  EXPECT_EQ(testing::FingerprintOf(collection), fingerprint);
  EXPECT_THAT(Find(collection, "p3"), ::testing::ElementsAre("p3"));
}

TEST_F(LexicalCollectionTest, ASnapshotOutlivesAppendingAndCompacting) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 30)}, WithBm25(10), &kEncoder);
  DeletePassages(collection, std::vector<std::string>{"p1"});
  const Collection before = Collection::Open(collection);
  Index(collection, {Source("q", 20)}, testing::SmallSegments(10), &kEncoder);
  NoProgress progress;
  CompactCollection(collection, progress, 100);
  const std::string question = "q3 p4";
  const auto found = before.OpenLexical().Search({&question, 1}, 10, {})[0];
  ASSERT_THAT(found, SizeIs(1)) << "q3 came later";
  EXPECT_EQ(before.Get(std::vector<int64_t>{found[0].row})[0].passage.id, "p4");
}

TEST_F(LexicalCollectionTest, ParametersAreFollowedAndLanguagesAreNot) {
  const Path collection = At("c.dpr");
  const Path source = Source("p", 5);
  Index(collection, {source}, WithBm25(), nullptr);
  IndexOptions options = WithBm25();
  options.lexical->bm25 = {1.2, 0.75};
  EXPECT_EQ(Index(collection, {source}, options, nullptr).unchanged_sources, 1);
  EXPECT_EQ(Collection::Open(collection).lexical()->bm25, (Bm25Parameters{1.2, 0.75}));
  options.lexical->analyzer.language = "german";
  try {
    Index(collection, {source}, options, nullptr);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_THAT(error.what(), HasSubstr("german"));
  }
  options.lexical->analyzer.language = "klingon";
  EXPECT_THROW(Index(At("new.dpr"), {source}, options, nullptr), Error);
  EXPECT_FALSE(std::filesystem::exists(At("new.dpr")));
}

TEST_F(LexicalCollectionTest, VectorsNeedTheirEncoder) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 5)}, {}, &kEncoder);
  try {
    Index(collection, {Source("q", 5)}, {}, nullptr);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_THAT(error.what(), HasSubstr("/models/hash"));
  }
}

TEST_F(LexicalCollectionTest, AnotherEncodersHalfAddedVectorsAreNotTaken) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 20)}, WithBm25(10), nullptr);
  // As a kill leaves it: the first segment has the vectors of one encoder, the manifest has none.
  {
    const testing::TemporaryFolder copy;
    std::filesystem::copy(collection, copy.path() / "c.dpr",
                          std::filesystem::copy_options::recursive);
    const testing::HashEncoder other(8, "other");
    Index(copy.path() / "c.dpr", {}, {}, &other);
    for (const char* name : {"vectors.f32", "vectors.i8", "segment.json"}) {
      std::filesystem::copy(copy.path() / "c.dpr/segments/000001" / name,
                            collection / "segments/000001" / name,
                            std::filesystem::copy_options::overwrite_existing);
    }
  }
  Index(collection, {}, {}, &kEncoder);
  Index(At("fresh.dpr"), {At("p.jsonl")}, WithBm25(10), &kEncoder);
  EXPECT_EQ(testing::FingerprintOf(collection), testing::FingerprintOf(At("fresh.dpr")));
}

TEST_F(LexicalCollectionTest, AFlippedBitIsFound) {
  const Path collection = At("c.dpr");
  Index(collection, {Source("p", 20)}, WithBm25(), nullptr);
  const Path file = collection / "segments/000001" / kLexicalFile;
  File update = File::OpenForUpdating(file);
  std::byte byte[1];
  update.ReadAt(update.size() / 2, byte);
  byte[0] ^= std::byte{4};
  update.WriteAt(update.size() / 2, byte);
  NoProgress progress;
  EXPECT_THAT(Collection::Verify(collection, progress),
              ::testing::ElementsAre(HasSubstr(file.string())));
}

}  // namespace
}  // namespace dpr
