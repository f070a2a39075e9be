// Reading, deleting, compacting, verifying; snapshots while writers go on.
#include "dpr/collection/collection.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "dpr/collection/test_errors.h"
#include "dpr/collection/test_kill.h"

namespace dpr {
namespace {

using testing::Contents;
using ::testing::ElementsAre;
using testing::ErrorOf;
using testing::FingerprintOf;
using ::testing::HasSubstr;
using testing::Index;
using ::testing::IsEmpty;
using testing::JsonLines;
using testing::SmallSegments;

namespace fs = std::filesystem;

class CollectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::UseMemoryForTemporaryFolders(); }

  // "a0" to "a<count - 1>".
  void Make(int count, int64_t segment_passages) {
    Index(collection_, {folder_.Write("a.jsonl", JsonLines("a", count))},
          SmallSegments(segment_passages));
  }
  int64_t Delete(const std::vector<std::string>& ids) { return DeletePassages(collection_, ids); }
  void Compact(int64_t segment_passages) {
    NoProgress progress;
    CompactCollection(collection_, progress, segment_passages);
  }
  std::vector<std::string> Verify() {
    NoProgress progress;
    return Collection::Verify(collection_, progress);
  }
  std::vector<int64_t> SegmentRows() {
    std::vector<int64_t> rows;
    const Collection collection = Collection::Open(collection_);
    for (const auto& block : collection.search_space().blocks) rows.push_back(block.vectors.rows);
    return rows;
  }
  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
};

TEST_F(CollectionTest, DeletesById) {
  Make(30, 7);
  const auto before = Contents(collection_);
  EXPECT_EQ(Delete({"a3", "a29", "a7"}), 3);
  auto expected = before;
  for (const char* id : {"a3", "a29", "a7"}) expected.erase(id);
  EXPECT_EQ(Contents(collection_), expected);
  const Collection collection = Collection::Open(collection_);
  EXPECT_FALSE(collection.FindRow("a3").has_value());
  EXPECT_EQ(collection.rows(), 30);
  EXPECT_EQ(collection.passages(), 27);
  EXPECT_EQ(Delete({"a3", "a4"}), 1) << "what is deleted already is passed over";
  EXPECT_EQ(Delete({"a3"}), 0);
}

TEST_F(CollectionTest, AnUnknownIdDeletesNothing) {
  Make(10, 4);
  const Error error = ErrorOf([&] { Delete({"a3", "nobody", "a4"}); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("\"nobody\""));
  EXPECT_EQ(Contents(collection_).size(), 10u);
}

TEST_F(CollectionTest, ADeletedIdCanComeBack) {
  Make(10, 4);
  Delete({"a3"});
  Index(collection_, {folder_.Write("b.jsonl", R"({"id":"a3","text":"again"})")});
  EXPECT_EQ(Contents(collection_).at("a3").text, "again");
  EXPECT_EQ(Delete({"a3"}), 1);
  EXPECT_EQ(Contents(collection_).size(), 9u);
}

TEST_F(CollectionTest, DeletedPassagesStayDeletedWhenTheSameSourceIsIndexedAgain) {
  Make(10, 4);
  Delete({"a3"});
  Make(10, 4);
  EXPECT_FALSE(Collection::Open(collection_).FindRow("a3").has_value());
}

TEST_F(CollectionTest, CompactingKeepsContentAndOrder) {
  Make(100, 10);
  std::vector<std::string> ids;
  for (int i = 0; i < 100; i += 3) ids.push_back("a" + std::to_string(i));
  for (int i = 40; i < 50; ++i) ids.push_back("a" + std::to_string(i));
  Delete(ids);
  const auto contents = Contents(collection_);
  const std::string fingerprint = FingerprintOf(collection_);
  Compact(20);
  EXPECT_EQ(Contents(collection_), contents);
  EXPECT_EQ(FingerprintOf(collection_), fingerprint);
  EXPECT_THAT(Verify(), IsEmpty());
  const Collection collection = Collection::Open(collection_);
  EXPECT_EQ(collection.rows(), collection.passages());
  EXPECT_FALSE(fs::exists(collection_ / "deleted"));
  int64_t last = -1;
  collection.ForEach([&](const StoredPassage& passage) {
    const int64_t number = std::stol(passage.passage.id.substr(1));
    EXPECT_GT(number, last) << "order";
    last = number;
  });
}

TEST_F(CollectionTest, CompactingTwiceChangesNothing) {
  Make(95, 10);
  Delete({"a1", "a2", "a3", "a50", "a51"});
  for (const int64_t segment_passages : {7, 10, 25, 1000}) {
    Compact(segment_passages);
    const std::string manifest = ReadFile(collection_ / "collection.json");
    Compact(segment_passages);
    EXPECT_EQ(ReadFile(collection_ / "collection.json"), manifest) << segment_passages;
  }
  EXPECT_THAT(SegmentRows(), ElementsAre(90));
}

TEST_F(CollectionTest, CompactingJoinsSmallSegmentsAndLeavesFullOnesAlone) {
  Make(20, 10);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "b" + std::to_string(i);
    Index(collection_, {folder_.Write(name + ".jsonl", JsonLines(name + "-", 2))});
  }
  const auto written = fs::last_write_time(collection_ / "segments/000001/vectors.f32");
  EXPECT_THAT(SegmentRows(), ElementsAre(10, 10, 2, 2, 2, 2, 2));
  Compact(10);
  EXPECT_THAT(SegmentRows(), ElementsAre(10, 10, 10));
  EXPECT_EQ(fs::last_write_time(collection_ / "segments/000001/vectors.f32"), written);
}

TEST_F(CollectionTest, EverythingCanBeDeletedAndCompactedAway) {
  Make(10, 4);
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back("a" + std::to_string(i));
  Delete(ids);
  EXPECT_EQ(Collection::Open(collection_).passages(), 0);
  Compact(10);
  EXPECT_EQ(Collection::Open(collection_).rows(), 0);
  EXPECT_THAT(Verify(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(collection_ / "segments"));
}

TEST_F(CollectionTest, FingerprintTellsContentsApart) {
  Make(10, 4);
  const std::string fingerprint = FingerprintOf(collection_);
  const auto index_other = [&](const std::string& lines) {
    const Path other = folder_.path() / "other.dpr";
    fs::remove_all(other);
    Index(other, {folder_.Write("other.jsonl", lines)});
    return FingerprintOf(other);
  };
  EXPECT_EQ(index_other(JsonLines("a", 10)), fingerprint);
  EXPECT_NE(index_other(JsonLines("a", 9)), fingerprint);
  EXPECT_NE(index_other(JsonLines("b", 10)), fingerprint);
  EXPECT_NE(index_other(JsonLines("a", 10, "x")), fingerprint);
  Delete({"a9"});
  EXPECT_EQ(FingerprintOf(collection_), index_other(JsonLines("a", 9)));
}

// One flipped bit at several places of each file: the file is named, and no other.
TEST_F(CollectionTest, AFlippedBitAnywhereIsFoundAndItsFileNamed) {
  Make(40, 15);
  Delete({"a3", "a17"});
  ASSERT_THAT(Verify(), IsEmpty());
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(collection_)) {
    if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
    ++files;
    const Path& path = entry.path();
    const std::string good = ReadFile(path);
    for (int i = 0; i <= 20; ++i) {
      const size_t at = std::min(good.size() - 1, good.size() * static_cast<size_t>(i) / 20);
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << (i % 8)));
      WriteFileAtomically(path, bad);
      EXPECT_THAT(Verify(), ElementsAre(HasSubstr(path.string()))) << at;
    }
    WriteFileAtomically(path, good.substr(0, good.size() - 1));
    EXPECT_THAT(Verify(), ElementsAre(HasSubstr(path.string()))) << "cut short";
    fs::remove(path);
    EXPECT_THAT(Verify(), ElementsAre(HasSubstr(path.string()))) << "missing";
    WriteFileAtomically(path, good);
  }
  EXPECT_EQ(files, 2 + 3 * 4);
  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(CollectionTest, ADamagedManifestIsNoticedAtOnce) {
  Make(10, 4);
  std::string text = ReadFile(collection_ / "collection.json");
  text[text.size() / 2] ^= 1;
  WriteFileAtomically(collection_ / "collection.json", text);
  EXPECT_EQ(ErrorOf([&] { Collection::Open(collection_); }).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(ErrorOf([&] { Delete({"a1"}); }).code(), ErrorCode::kCorrupt);
}

TEST_F(CollectionTest, AMissingOrShortFileIsNoticedAtOnce) {
  Make(10, 4);
  const Path path = collection_ / "segments/000002/passages.sqlite";
  fs::resize_file(path, FileSize(path) - 4096);
  EXPECT_THAT(ErrorOf([&] { Collection::Open(collection_); }).where(), path.string());
  fs::remove_all(collection_ / "segments/000002");
  EXPECT_THAT(ErrorOf([&] { Collection::Open(collection_); }).where(), HasSubstr("000002"));
}

TEST_F(CollectionTest, OneWriterAtATime) {
  Make(10, 4);
  const FileLock lock(collection_ / "lock", "test");
  const Error error = ErrorOf([&] { Delete({"a1"}); });
  EXPECT_EQ(error.code(), ErrorCode::kBusy);
  EXPECT_THAT(error.what(), HasSubstr(collection_.string()));
  EXPECT_EQ(Contents(collection_).size(), 10u) << "readers do not wait";
}

TEST_F(CollectionTest, FolderNamesMayHoldAnything) {
  collection_ = folder_.path() / "a ?#%41 \xc3\xa9'\"";
  Make(10, 4);
  EXPECT_EQ(Contents(collection_).size(), 10u);
  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(CollectionTest, ASnapshotOutlivesWhatWritersDo) {
  Make(50, 10);
  const Collection snapshot = Collection::Open(collection_);
  const auto before = Contents(snapshot);
  std::vector<std::string> ids;
  for (int i = 0; i < 50; i += 2) ids.push_back("a" + std::to_string(i));
  Delete(ids);
  EXPECT_EQ(Contents(snapshot), before);
  Compact(100);
  Index(collection_, {folder_.Write("b.jsonl", JsonLines("b", 20))}, SmallSegments(5));
  Compact(10);
  EXPECT_EQ(Contents(snapshot), before) << "though its files are gone from the folder";
  EXPECT_EQ(Contents(collection_).size(), 45u);
}

// Another process replaces the same ten ids again and again and compacts; every snapshot holds each
// id once, all of one version.
TEST_F(CollectionTest, ReadersSeeOldOrNewWhileAnotherProcessWrites) {
  Index(collection_, {folder_.Write("x.jsonl", JsonLines("x", 10, " 0"))});
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int version = 1; version <= 25; ++version) {
      const Path x = folder_.Write("x.jsonl", JsonLines("x", 10, " " + std::to_string(version)));
      for (const auto& command :
           {std::vector<std::string>{"index", collection_, "10", "10", "0", "replace", x},
            std::vector<std::string>{"compact", collection_, "10"}}) {
        EXPECT_EQ(testing::Process(testing::DriverCommand(command)).Wait(), 0);
      }
    }
    done = true;
  });
  int snapshots = 0;
  while (!done) {
    const auto contents = Contents(collection_);
    EXPECT_EQ(contents.size(), 10u);
    std::set<std::string> versions;
    for (const auto& [id, held] : contents) {
      versions.insert(held.text.substr(held.text.rfind(' ')));
    }
    EXPECT_EQ(versions.size(), 1u);
    ++snapshots;
  }
  writer.join();
  EXPECT_GT(snapshots, 25);
}

TEST_F(CollectionTest, ManyThreadsReadOneSnapshot) {
  Make(200, 50);
  const Collection collection = Collection::Open(collection_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string id = "a" + std::to_string((i * 7 + t) % 200);
        const auto row = collection.FindRow(id);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(collection.Get(std::vector<int64_t>{*row}).at(0).passage.id, id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace dpr
