#include <gmock/gmock.h>

#include "dpr/collection/test_collection.h"
#include "dpr/collection/test_errors.h"

namespace dpr {
namespace {

using testing::Contents;
using testing::ErrorOf;
using testing::FingerprintOf;
using testing::HashEncoder;
using ::testing::HasSubstr;
using testing::Index;
using testing::JsonLines;
using testing::SmallSegments;

class IndexPassagesTest : public ::testing::Test {
 protected:
  Path Source(const std::string& name, const std::string& content) {
    return folder_.Write(name, content);
  }
  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
};

TEST_F(IndexPassagesTest, HoldsWhatTheSourceHolds) {
  const Path a = Source("a.jsonl", JsonLines("a", 7));
  const IndexReport report = Index(collection_, {a});
  EXPECT_EQ(report.added, 7);
  EXPECT_EQ(report.replaced, 0);
  const auto contents = Contents(collection_);
  ASSERT_EQ(contents.size(), 7u);
  const auto& held = contents.at("a3");
  EXPECT_EQ(held.title, "Title a3");
  EXPECT_EQ(held.text, "text of a3");
  EXPECT_EQ(held.source, a.string());
  EXPECT_THAT(held.metadata, HasSubstr("1903"));
  Matrix vector(1, 8);
  HashEncoder().Encode(std::vector<Passage>{{"a3", "Title a3", "text of a3", ""}}, vector.view());
  EXPECT_EQ(held.vector, std::vector<float>(vector.row(0), vector.row(0) + 8));
  EXPECT_EQ(Collection::Open(collection_).encoder()->model, "/models/hash");
}

TEST_F(IndexPassagesTest, SegmentSizesDoNotChangeTheContent) {
  const Path a = Source("a.jsonl", JsonLines("a", 100));
  const Path b = Source("b.jsonl", JsonLines("b", 33));
  Index(collection_, {a, b});
  for (const int64_t passages : {5, 33, 100, 133, 134}) {
    const Path other = folder_.path() / std::to_string(passages);
    Index(other, {a, b}, SmallSegments(passages));
    EXPECT_EQ(FingerprintOf(other), FingerprintOf(collection_)) << passages;
    EXPECT_EQ(Contents(other), Contents(collection_)) << passages;
  }
}

TEST_F(IndexPassagesTest, SameCommandTwiceDoesNothing) {
  const Path a = Source("a.jsonl", JsonLines("a", 10));
  Index(collection_, {a}, SmallSegments(4));
  const std::string before = ReadFile(collection_ / "collection.json");
  const IndexReport report = Index(collection_, {a}, SmallSegments(4));
  EXPECT_EQ(report.added, 0);
  EXPECT_EQ(report.unchanged_sources, 1);
  EXPECT_EQ(ReadFile(collection_ / "collection.json"), before);
}

TEST_F(IndexPassagesTest, AppendsNewSources) {
  const Path a = Source("a.jsonl", JsonLines("a", 10));
  const Path b = Source("b.jsonl", JsonLines("b", 5));
  Index(collection_, {a});
  const IndexReport report = Index(collection_, {a, b});
  EXPECT_EQ(report.added, 5);
  EXPECT_EQ(report.unchanged_sources, 1);
  const Path at_once = folder_.path() / "at-once";
  Index(at_once, {b, a});
  EXPECT_EQ(FingerprintOf(collection_), FingerprintOf(at_once));
}

TEST_F(IndexPassagesTest, DuplicateIdsNameBothPlaces) {
  const Path a = Source("a.jsonl", JsonLines("a", 10));
  const Path b = Source("b.jsonl", JsonLines("b", 3) + JsonLines("a", 1));
  for (const int64_t passages : {4, 100}) {
    const Path other = folder_.path() / std::to_string(passages);
    const Error error = ErrorOf([&] { Index(other, {a, b}, SmallSegments(passages)); });
    EXPECT_EQ(error.code(), ErrorCode::kExists);
    EXPECT_THAT(error.what(), HasSubstr("\"a0\""));
    EXPECT_THAT(error.what(), HasSubstr("first by " + a.string() + ", line 1"));
    EXPECT_THAT(error.where(), HasSubstr(b.string() + ", line 4"));
    EXPECT_FALSE(std::filesystem::exists(other)) << "found before anything is made";
  }
}

TEST_F(IndexPassagesTest, AnIdOfTheCollectionNeedsReplace) {
  const Path a = Source("a.jsonl", JsonLines("x", 10));
  const Path b = Source("b.jsonl", JsonLines("x", 3, " new"));
  Index(collection_, {a});
  const Error error = ErrorOf([&] { Index(collection_, {b}); });
  EXPECT_EQ(error.code(), ErrorCode::kExists);
  EXPECT_THAT(error.hint(), HasSubstr("--replace"));
  EXPECT_EQ(Contents(collection_).at("x1").text, "text of x1");

  IndexOptions options;
  options.replace = true;
  const IndexReport report = Index(collection_, {b}, options);
  EXPECT_EQ(report.replaced, 3);
  EXPECT_EQ(report.added, 0);
  const auto contents = Contents(collection_);
  EXPECT_EQ(contents.size(), 10u);
  EXPECT_EQ(contents.at("x1").text, "text of x1 new");
  EXPECT_EQ(contents.at("x5").text, "text of x5");
}

TEST_F(IndexPassagesTest, ReplaceFollowsAFileThereAndBack) {
  const Path a = Source("a.jsonl", JsonLines("x", 10, " one"));
  Index(collection_, {a}, SmallSegments(3));
  const std::string first = FingerprintOf(collection_);
  IndexOptions options = SmallSegments(3);
  options.replace = true;
  Source("a.jsonl", JsonLines("x", 10, " two"));
  EXPECT_THAT(ErrorOf([&] { Index(collection_, {a}); }).what(),
              HasSubstr("whose content was another then"));
  EXPECT_EQ(Index(collection_, {a}, options).replaced, 10);
  EXPECT_EQ(Contents(collection_).at("x9").text, "text of x9 two");
  Source("a.jsonl", JsonLines("x", 10, " one"));
  EXPECT_EQ(Index(collection_, {a}, options).replaced, 10);
  EXPECT_EQ(FingerprintOf(collection_), first);
}

TEST_F(IndexPassagesTest, TwoSourcesOfOneCommandMayNotReplaceEachOther) {
  const Path a = Source("a.jsonl", JsonLines("x", 10));
  const Path b = Source("b.jsonl", JsonLines("x", 1));
  for (const int64_t passages : {3, 100}) {
    IndexOptions options = SmallSegments(passages);
    options.replace = true;
    const Path other = folder_.path() / std::to_string(passages);
    EXPECT_EQ(ErrorOf([&] { Index(other, {a, b}, options); }).code(), ErrorCode::kExists);
  }
}

TEST_F(IndexPassagesTest, SyncFollowsAFolder) {
  const Path docs = folder_.path() / "docs";
  Source("docs/a.jsonl", JsonLines("a", 5));
  Source("docs/b.jsonl", JsonLines("b", 5));
  Source("docs/sub/c.jsonl", JsonLines("c", 5));
  IndexOptions options = SmallSegments(4);
  options.sync = true;
  Index(collection_, {docs}, options);
  EXPECT_EQ(Contents(collection_).size(), 15u);

  std::filesystem::remove(docs / "a.jsonl");
  Source("docs/b.jsonl", JsonLines("b", 3, " new"));
  Source("docs/d.jsonl", JsonLines("d", 2));
  const IndexReport report = Index(collection_, {docs}, options);
  EXPECT_EQ(report.replaced, 3);
  EXPECT_EQ(report.deleted, 5 + 2);
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.unchanged_sources, 1);
  const Path fresh = folder_.path() / "fresh";
  Index(fresh, {docs});
  EXPECT_EQ(FingerprintOf(collection_), FingerprintOf(fresh));
  EXPECT_EQ(Contents(collection_), Contents(fresh));
}

TEST_F(IndexPassagesTest, SyncLeavesOtherSourcesAlone) {
  const Path other = Source("other.jsonl", JsonLines("o", 3));
  Source("docs/a.jsonl", JsonLines("a", 5));
  Source("docs/b.jsonl", JsonLines("b", 5));
  const Path docs = folder_.path() / "docs";
  Index(collection_, {docs, other});
  std::filesystem::remove(docs / "a.jsonl");
  Index(collection_, {docs});
  EXPECT_EQ(Contents(collection_).size(), 13u) << "without --sync nothing is deleted";
  IndexOptions options;
  options.sync = true;
  EXPECT_EQ(Index(collection_, {docs}, options).deleted, 5);
  EXPECT_EQ(Contents(collection_).size(), 8u);
}

TEST_F(IndexPassagesTest, AnotherEncoderIsRefusedByName) {
  const Path a = Source("a.jsonl", JsonLines("a", 5));
  const Path b = Source("b.jsonl", JsonLines("b", 5));
  Index(collection_, {a});
  const Error error = ErrorOf([&] { Index(collection_, {b}, {}, HashEncoder(8, "other")); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_THAT(error.what(), HasSubstr("/models/hash"));
  EXPECT_THAT(error.what(), HasSubstr("/models/other"));
}

TEST_F(IndexPassagesTest, AFailureBeforeTheFirstPassageLeavesNothing) {
  const Path bad = Source("bad.jsonl", JsonLines("a", 5) + "{\"id\": 3\n");
  const Error error = ErrorOf([&] { Index(collection_, {bad}); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_THAT(error.where(), HasSubstr("line 6"));
  EXPECT_FALSE(std::filesystem::exists(collection_));
  IndexOptions options;
  options.skip_bad = true;
  const IndexReport report = Index(collection_, {bad}, options);
  EXPECT_EQ(report.added, 5);
  EXPECT_EQ(report.bad_records, 1);
}

TEST_F(IndexPassagesTest, AFolderOfOtherThingsIsNotTouched) {
  Source("photos/cat.jpg", "meow");
  const Path a = Source("a.jsonl", JsonLines("a", 5));
  const Error error = ErrorOf([&] { Index(folder_.path() / "photos", {a}); });
  EXPECT_EQ(error.code(), ErrorCode::kExists);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "photos" / "lock"));
  EXPECT_EQ(ErrorOf([&] { Index(a, {a}); }).code(), ErrorCode::kInvalid) << "a file";
}

TEST_F(IndexPassagesTest, ACollectionInsideItsOwnSourceIsNotIndexed) {
  Source("docs/a.jsonl", JsonLines("a", 5));
  const Path docs = folder_.path() / "docs";
  Index(docs / "c.dpr", {docs});
  EXPECT_EQ(Index(docs / "c.dpr", {docs}).unchanged_sources, 1);
  EXPECT_EQ(Contents(docs / "c.dpr").size(), 5u);
}

TEST_F(IndexPassagesTest, EmptyTextsAndOddIdsAreKept) {
  const Path a = Source("a.jsonl",
                        "{\"id\":\"\xc3\xa9 b\",\"title\":\"\",\"text\":\"\"}\n"
                        "{\"id\":\"it's; DROP\",\"title\":\"t\",\"text\":\"\xf0\x9f\x98\x80\"}\n");
  Index(collection_, {a});
  const auto contents = Contents(collection_);
  ASSERT_EQ(contents.size(), 2u);
  EXPECT_EQ(contents.at("it's; DROP").text, "\xf0\x9f\x98\x80");
}

TEST_F(IndexPassagesTest, ASourceWithoutPassagesIsHeldToo) {
  Source("docs/a.txt", "one two three");
  Source("docs/empty.txt", "");
  const Path docs = folder_.path() / "docs";
  Index(collection_, {docs});
  const IndexReport report = Index(collection_, {docs});
  EXPECT_EQ(report.unchanged_sources, 2);
  EXPECT_EQ(Contents(collection_).size(), 1u);
}

}  // namespace
}  // namespace dpr
