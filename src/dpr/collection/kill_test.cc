// kill -9 at every stage of index, append, replace, sync, delete, compact and optimize, over more
// than ten segments: the collection can be read at once, and the same command again ends where an
// undisturbed one does, with the same vectors to the byte.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "dpr/collection/export_vectors.h"
#include "dpr/collection/test_kill.h"
#include "dpr/vectors/ann_index.h"

namespace dpr {
namespace {

using testing::DriverCommand;
using testing::JsonLines;
using testing::kKilled;
using testing::Leftovers;
using testing::Process;
using testing::VectorBytes;

namespace fs = std::filesystem;

class KillTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::UseMemoryForTemporaryFolders(); }

  Path Source(const std::string& name, const std::string& content) {
    return folder_.Write(name, content);
  }

  // Runs `arguments` undisturbed on `before_` (which may be missing), then kills it at each kill
  // point that it passed: at the first, the middle and the last time.
  void KillEverywhere(const std::vector<std::string>& arguments) {
    Restore();
    const Path counts = folder_.path() / "counts";
    ASSERT_EQ(Run(arguments, {"DPR_KILL_COUNT=" + counts.string()}), 0);
    Remember();
    const auto segments = fs::directory_iterator(collection_ / "segments");
    segments_ = static_cast<int>(std::distance(fs::begin(segments), fs::end(segments)));
    for (const auto& [name, count] : testing::ReadKillCounts(counts)) {
      for (const int n : std::set<int>{1, (count + 1) / 2, count}) {
        SCOPED_TRACE(name + ":" + std::to_string(n));
        KillAt(arguments, name + ":" + std::to_string(n));
        if (HasFatalFailure()) return;
        ++kills_;
      }
    }
  }

  void KillAt(const std::vector<std::string>& arguments, const std::string& moment) {
    Restore();
    ASSERT_EQ(Run(arguments, {"DPR_KILL_AT=" + moment}), kKilled);
    CheckReadable();
    // A second kill, in the middle of going on, every other time.
    if (kills_ % 2 == 1) {
      Run(arguments, {"DPR_KILL_AT=*:" + std::to_string(3 + kills_ % 17)});
      CheckReadable();
    }
    ASSERT_EQ(Run(arguments), 0);
    CheckAsExpected();
  }

  // Kills after random times, until the command gets through.
  void KillAtRandomTimes(const std::vector<std::string>& arguments, int rounds) {
    Restore();
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(Run(arguments), 0);
    const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
    Remember();
    const CounterRandom random(7, 0);
    for (int round = 0; round < rounds; ++round) {
      Restore();
      for (int attempt = 0;; ++attempt) {
        const Process process(DriverCommand(arguments));
        const double share = random.Uniform(uint64_t{1000} * static_cast<uint64_t>(round) +
                                            static_cast<uint64_t>(attempt));
        std::this_thread::sleep_for(share * (attempt < 5 ? 1.0 : 10.0) * whole);
        process.Kill();
        const int code = process.Wait();
        CheckReadable();
        if (code == 0) break;
        ASSERT_EQ(code, kKilled);
      }
      ASSERT_EQ(Run(arguments), 0);
      CheckAsExpected();
    }
  }

  static int Run(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment = {}) {
    return Process(DriverCommand(arguments), environment).Wait();
  }

  void Restore() {
    fs::remove_all(collection_);
    if (fs::exists(before_)) fs::copy(before_, collection_, fs::copy_options::recursive);
  }

  void Remember() {
    expected_fingerprint_ = testing::FingerprintOf(collection_);
    expected_vectors_ = VectorBytes(collection_);
    EXPECT_THAT(Leftovers(collection_), ::testing::IsEmpty());
  }

  // Whatever a kill left: once there is a manifest, readers work and no file is damaged.
  void CheckReadable() {
    if (!fs::exists(collection_ / "collection.json")) return;
    NoProgress progress;
    EXPECT_THAT(Collection::Verify(collection_, progress), ::testing::IsEmpty());
    testing::Contents(collection_);
    const Collection collection = Collection::Open(collection_);
    const std::string question = "title";
    if (collection.lexical()) collection.OpenLexical().Search({&question, 1}, 3, {});
  }

  void CheckAsExpected() {
    NoProgress progress;
    EXPECT_THAT(Collection::Verify(collection_, progress), ::testing::IsEmpty());
    EXPECT_EQ(testing::FingerprintOf(collection_), expected_fingerprint_);
    EXPECT_TRUE(VectorBytes(collection_) == expected_vectors_) << "vectors differ";
    EXPECT_THAT(Leftovers(collection_), ::testing::IsEmpty());
  }

  testing::TemporaryFolder folder_;
  Path before_ = folder_.path() / "before";
  Path collection_ = folder_.path() / "c.dpr";
  std::string expected_fingerprint_, expected_vectors_;
  int kills_ = 0;
  int segments_ = 0;  // after the undisturbed run
};

TEST_F(KillTest, Index) {
  const Path a = Source("a.jsonl", JsonLines("a", 60));
  const Path b = Source("b.jsonl", JsonLines("b", 43));
  KillEverywhere({"index", collection_, "10", "4", "0", "-", a, b});
  EXPECT_GE(kills_, 40);
  EXPECT_GE(segments_, 10);
}

TEST_F(KillTest, IndexManySmallFiles) {
  for (int i = 0; i < 40; ++i) {
    Source("docs/" + std::to_string(i) + ".txt", "one two three " + std::to_string(i));
  }
  KillEverywhere({"index", collection_, "4", "3", "0", "-", folder_.path() / "docs"});
}

TEST_F(KillTest, Import) {
  const Path a = Source("a.jsonl", JsonLines("a", 110));
  ASSERT_EQ(Run({"index", before_, "20", "4", "0", "-", a}), 0);
  NoProgress progress;
  const Path vectors = folder_.path() / "a.npy";
  ExportVectors(Collection::Open(before_), VectorFormat::kNpy, vectors, progress);
  fs::remove_all(before_);
  KillEverywhere({"import", collection_, "10", "4", vectors, a});
  EXPECT_GE(kills_, 40);
  EXPECT_GE(segments_, 10);
}

TEST_F(KillTest, Append) {
  const Path a = Source("a.jsonl", JsonLines("a", 35));
  const Path b = Source("b.jsonl", JsonLines("b", 80));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  KillEverywhere({"index", collection_, "10", "4", "0", "-", a, b});
  EXPECT_GE(kills_, 40);
  EXPECT_GE(segments_, 10);
}

TEST_F(KillTest, Replace) {
  const Path a = Source("a.jsonl", JsonLines("a", 100));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  const Path b = Source("b.jsonl", JsonLines("b", 5) + JsonLines("a", 90, " new"));
  KillEverywhere({"index", collection_, "10", "4", "0", "replace", b});
  EXPECT_EQ(testing::Contents(collection_).at("a89").text, "text of a89 new");
}

TEST_F(KillTest, Sync) {
  for (int i = 0; i < 12; ++i) {
    const std::string name = std::to_string(i);
    Source("docs/" + name + ".jsonl", JsonLines("d" + name + "-", 9));
  }
  const Path docs = folder_.path() / "docs";
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", docs}), 0);
  fs::remove(docs / "3.jsonl");
  Source("docs/5.jsonl", JsonLines("d5-", 4, " new"));
  Source("docs/7.jsonl", JsonLines("d7-", 30, " new"));
  KillEverywhere({"index", collection_, "10", "4", "0", "sync", docs});
  EXPECT_EQ(testing::Contents(collection_).size(), 9u * 9 + 4 + 30);
}

TEST_F(KillTest, Delete) {
  const Path a = Source("a.jsonl", JsonLines("a", 110));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  ASSERT_EQ(Run({"delete", before_, "a1", "a2"}), 0);
  KillEverywhere({"delete", collection_, "a5", "a50", "a105"});
  EXPECT_EQ(testing::Contents(collection_).size(), 105u);
  EXPECT_GE(kills_, 5) << "all there are: lock, bitmap, manifest";
  EXPECT_GE(segments_, 10);
}

TEST_F(KillTest, Compact) {
  const Path a = Source("a.jsonl", JsonLines("a", 120));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  std::vector<std::string> command = {"delete", before_};
  for (int i = 0; i < 120; i += 3) command.push_back("a" + std::to_string(i));
  ASSERT_EQ(Run(command), 0);
  KillEverywhere({"compact", collection_, "25"});
  EXPECT_EQ(testing::Contents(collection_).size(), 80u);
  EXPECT_GE(kills_, 20);
}

TEST_F(KillTest, IndexWithBm25) {
  const Path a = Source("a.jsonl", JsonLines("a", 50));
  KillEverywhere({"index", collection_, "10", "4", "0", "bm25", a});
}

TEST_F(KillTest, AddBm25) {
  const Path a = Source("a.jsonl", JsonLines("a", 110));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  KillEverywhere({"index", collection_, "10", "4", "0", "bm25", a});
  EXPECT_TRUE(Collection::Open(collection_).lexical().has_value());
}

TEST_F(KillTest, AddVectors) {
  const Path a = Source("a.jsonl", JsonLines("a", 110));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "bm25-alone", a}), 0);
  KillEverywhere({"index", collection_, "10", "4", "0", "-", a});
  EXPECT_TRUE(Collection::Open(collection_).encoder().has_value());
}

TEST_F(KillTest, CompactWithBm25) {
  const Path a = Source("a.jsonl", JsonLines("a", 60));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "bm25", a}), 0);
  ASSERT_EQ(Run({"delete", before_, "a1", "a22", "a23", "a59"}), 0);
  KillEverywhere({"compact", collection_, "25"});
}

TEST_F(KillTest, OptimizeToAGraph) {
  const Path a = Source("a.jsonl", JsonLines("a", 1100));
  ASSERT_EQ(Run({"index", before_, "100", "50", "0", "-", a}), 0);
  KillEverywhere({"optimize", collection_, "graph"});
  EXPECT_GE(kills_, 12);
  EXPECT_NE(Collection::Open(collection_).ann(), nullptr);
}

// One that grows from another.
TEST_F(KillTest, OptimizeToAnInvertedFile) {
  const Path a = Source("a.jsonl", JsonLines("a", 1050)), b = Source("b.jsonl", JsonLines("b", 50));
  ASSERT_EQ(Run({"index", before_, "100", "50", "0", "-", a}), 0);
  ASSERT_EQ(Run({"optimize", before_, "inverted"}), 0);
  ASSERT_EQ(Run({"index", before_, "100", "50", "0", "-", b}), 0);
  KillEverywhere({"optimize", collection_, "inverted"});
  EXPECT_GE(kills_, 12);
  EXPECT_EQ(Collection::Open(collection_).ann()->rows(), 1100);
}

TEST_F(KillTest, RandomTimes) {
  const Path a = Source("a.jsonl", JsonLines("a", 100));
  const Path b = Source("b.jsonl", JsonLines("b", 30) + JsonLines("a", 10, " new"));
  ASSERT_EQ(Run({"index", before_, "10", "4", "0", "-", a}), 0);
  KillAtRandomTimes({"index", collection_, "10", "4", "3000", "replace", b}, 10);
}

}  // namespace
}  // namespace dpr
