// Which sources an index command reads, leaves alone, splits anew, or finds gone.
#include <gmock/gmock.h>

#include "dpr/base/test_without_root.h"
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

namespace fs = std::filesystem;

class Notes : public NoProgress {
 public:
  void Note(const std::string& text) override { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class IndexSourcesTest : public ::testing::Test {
 protected:
  Path Source(const std::string& name, const std::string& content) {
    return folder_.Write(name, content);
  }
  Path At(const std::string& name) const { return folder_.path() / name; }
  IndexReport Sync(const std::vector<Path>& paths) {
    IndexOptions options;
    options.sync = true;
    const FollowedSources sources = FollowSources(paths);
    options.followed = sources.followed;
    const HashEncoder encoder;
    return IndexPassages(collection_, sources.files, &encoder, options, notes_);
  }
  static IndexOptions Split(std::optional<int> words, bool replace = false) {
    IndexOptions options;
    options.words = words;
    options.replace = replace;
    return options;
  }

  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
  Notes notes_;
};

std::string Words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "w" + std::to_string(i) + " ";
  return text;
}

TEST_F(IndexSourcesTest, SyncEmptiesWhatAnEmptiedFolderHeld) {
  Source("docs/a.jsonl", JsonLines("a", 5));
  Source("docs/sub/b.jsonl", JsonLines("b", 5));
  Source("docs2/c.jsonl", JsonLines("c", 3));
  Index(collection_, {At("docs"), At("docs2")});
  fs::remove(At("docs/a.jsonl"));
  fs::remove_all(At("docs/sub"));
  EXPECT_EQ(Sync({At("docs")}).deleted, 10);
  EXPECT_EQ(Contents(collection_).size(), 3u) << "a folder whose name begins alike is another";
  EXPECT_EQ(ErrorOf([&] { Sync({At("docs")}); }).code(), ErrorCode::kNotFound);
}

TEST_F(IndexSourcesTest, SyncEmptiesWhatAVanishedFolderHeldAndSaysSo) {
  Source("docs/a.jsonl", JsonLines("a", 5));
  const Path other = Source("other.jsonl", JsonLines("o", 3));
  Index(collection_, {At("docs"), other});
  fs::remove_all(At("docs"));
  EXPECT_EQ(ErrorOf([&] { ListSources({At("docs")}); }).code(), ErrorCode::kNotFound);
  EXPECT_EQ(Sync({At("docs") / "", other}).deleted, 5);
  EXPECT_THAT(notes_.text(), HasSubstr(At("docs").string() + " is gone"));
  EXPECT_EQ(Contents(collection_).size(), 3u);
}

TEST_F(IndexSourcesTest, AFolderThatWasNeverHeldIsAnError) {
  Source("docs/a.jsonl", JsonLines("a", 5));
  Index(collection_, {At("docs")});
  fs::create_directory(At("empty"));
  for (const char* name : {"empty", "dcos"}) {
    const Error error = ErrorOf([&] { Sync({At("docs"), At(name)}); });
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.where(), HasSubstr(name));
  }
  EXPECT_EQ(Contents(collection_).size(), 5u);
}

TEST_F(IndexSourcesTest, ANewCollectionNeedsAPassage) {
  Source("docs/empty.txt", "");
  const Error error = ErrorOf([&] { Index(collection_, {At("docs")}); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_THAT(error.what(), HasSubstr("no passage"));
  EXPECT_FALSE(fs::exists(collection_));
}

TEST_F(IndexSourcesTest, WhatIsNotPermittedIsSaidAndHarmsNothing) {
  const Path a = Source("a.jsonl", JsonLines("a", 5)), b = Source("b.jsonl", JsonLines("b", 5));
  Index(collection_, {a});
  const std::string fingerprint = FingerprintOf(collection_);
  fs::permissions(folder_.path(), fs::perms(0555));
  {
    const testing::WithoutRoot nobody;
    for (const Path& collection : {collection_, At("new.dpr")}) {
      const Error error = ErrorOf([&] { Index(collection, {b}); });
      EXPECT_EQ(error.code(), ErrorCode::kPermission);
      EXPECT_THAT(error.where(), HasSubstr(collection.string()));
      EXPECT_THAT(error.hint(), HasSubstr("permissions"));
    }
    EXPECT_EQ(FingerprintOf(collection_), fingerprint) << "it can still be read";
  }
  fs::permissions(folder_.path(), fs::perms(0755));
  EXPECT_EQ(Index(collection_, {b}).added, 5);
}

TEST_F(IndexSourcesTest, AnotherSplitOfAHeldDocumentNeedsReplace) {
  const Path a = Source("a.txt", Words(1000));
  Index(collection_, {a});
  const Error error = ErrorOf([&] { Index(collection_, {a}, Split(250)); });
  EXPECT_EQ(error.code(), ErrorCode::kExists);
  EXPECT_THAT(error.what(), HasSubstr("words 100, overlap 0, not by words 250"));
  EXPECT_THAT(error.hint(), HasSubstr("--replace"));
  const IndexReport report = Index(collection_, {a}, Split(250, true));
  EXPECT_EQ(report.replaced, 4);
  EXPECT_EQ(report.deleted, 6) << "no passage of the old split is left";
  const Path fresh = At("fresh");
  Index(fresh, {a}, Split(250));
  EXPECT_EQ(FingerprintOf(collection_), FingerprintOf(fresh));
  EXPECT_EQ(Index(collection_, {a}, Split(250, true)).unchanged_sources, 1);
}

TEST_F(IndexSourcesTest, WhatIsNotGivenIsSplitAsBefore) {
  const Path a = Source("a.txt", Words(100));
  Index(collection_, {a}, Split(20));
  EXPECT_EQ(Index(collection_, {a}).unchanged_sources, 1);
  EXPECT_EQ(Index(collection_, {Source("b.txt", Words(100))}).added, 5);
  Source("a.txt", Words(60));
  const IndexReport report = Sync({a});
  EXPECT_EQ(report.replaced, 3);
  EXPECT_EQ(report.deleted, 2);
}

TEST_F(IndexSourcesTest, ADocumentThatChangedIsReplacedAsAWhole) {
  const Path a = Source("a.txt", Words(1000));
  Index(collection_, {a});
  Source("a.txt", Words(300));
  const IndexReport report = Index(collection_, {a}, Split({}, true));
  EXPECT_EQ(report.replaced, 3);
  EXPECT_EQ(report.deleted, 7);
}

TEST_F(IndexSourcesTest, TheSameNameInTwoFoldersIsTwoDocuments) {
  Source("x/docs/index.md", "one");
  Source("x/docs/only.md", "two");
  Source("y/docs/index.md", "three");
  Source("z/other.md", "four");
  Index(collection_, {At("x/docs"), At("y/docs"), At("z")});
  const auto contents = Contents(collection_);
  EXPECT_EQ(contents.size(), 4u);
  EXPECT_EQ(contents.at("x/docs/index.md#1").text, "one");
  EXPECT_EQ(contents.at("y/docs/index.md#1").text, "three");
  EXPECT_TRUE(contents.contains("x/docs/only.md#1")) << "a folder's pages are called alike";
  EXPECT_TRUE(contents.contains("other.md#1"));
  EXPECT_THAT(contents.at("y/docs/index.md#1").metadata, HasSubstr("y/docs/index.md"));
  fs::remove(At("y/docs/index.md"));
  EXPECT_EQ(Sync({At("x/docs"), At("y/docs")}).deleted, 1);
  EXPECT_EQ(Contents(collection_).size(), 3u);
}

TEST_F(IndexSourcesTest, TheSameNameAddedLaterIsToldWhatToDo) {
  Source("x/index.md", "one");
  Source("y/index.md", "three");
  Index(collection_, {At("x")});
  const Error error = ErrorOf([&] { Index(collection_, {At("y")}); });
  EXPECT_EQ(error.code(), ErrorCode::kExists);
  EXPECT_THAT(error.hint(), HasSubstr("one command"));
  EXPECT_EQ(Index(collection_, {At("x"), At("y")}).added, 1);
  EXPECT_TRUE(Contents(collection_).contains("y/index.md#1"));
}

}  // namespace
}  // namespace dpr
