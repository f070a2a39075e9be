// Ids that are there already: found before anything is encoded; with skip_bad passed over, counted
// and listed, however often the run was killed.
#include <gmock/gmock.h>

#include "dpr/collection/test_errors.h"
#include "dpr/collection/test_kill.h"

namespace dpr {
namespace {

using testing::Contents;
using ::testing::ElementsAre;
using testing::ErrorOf;
using ::testing::HasSubstr;
using testing::Index;
using testing::JsonLines;

class PassedOverTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::UseMemoryForTemporaryFolders(); }

  Path Source(const std::string& name, const std::string& content) {
    return folder_.Write(name, content);
  }
  // Passes over what is bad, and remembers it.
  IndexReport Skip(const std::vector<Path>& sources, bool replace = false) {
    IndexOptions options;
    options.segment_passages = 20;
    options.block_passages = 7;
    options.skip_bad = true;
    options.replace = replace;
    options.skipped = [this](const SkippedRecord& record) {
      skipped_.push_back(record.where.substr(record.where.find_last_of('/') + 1));
      reasons_ += record.reason + "\n";
    };
    return Index(collection_, sources, options);
  }

  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
  std::vector<std::string> skipped_;
  std::string reasons_;
};

TEST_F(PassedOverTest, TheLaterOneIsPassedOver) {
  const Path a = Source("a.jsonl", JsonLines("a", 30) + JsonLines("a", 2, " again") +
                                       "{nonsense\n" + JsonLines("x", 3));
  const Path b = Source("b.jsonl", JsonLines("b", 5) + JsonLines("a", 1, " of b") +
                                       JsonLines("b", 1, " again") + JsonLines("c", 20));
  const IndexReport report = Skip({a, b});
  EXPECT_EQ(report.added, 30 + 3 + 5 + 20);
  EXPECT_EQ(report.duplicates, 4);
  EXPECT_EQ(report.bad_records, 1);
  EXPECT_THAT(skipped_, ElementsAre("a.jsonl, line 31", "a.jsonl, line 32", "a.jsonl, line 33",
                                    "b.jsonl, line 6", "b.jsonl, line 7"));
  EXPECT_THAT(reasons_, HasSubstr("\"a1\" is there already"));
  EXPECT_THAT(reasons_, HasSubstr("not JSON"));
  EXPECT_EQ(Contents(collection_).at("a0").text, "text of a0");
  EXPECT_EQ(Skip({a, b}).unchanged_sources, 2);
  EXPECT_EQ(skipped_.size(), 5u) << "nothing is read again";
}

TEST_F(PassedOverTest, WhatTheCollectionHasStaysUnlessItMayBeReplaced) {
  const Path a = Source("a.jsonl", JsonLines("a", 30));
  const Path b = Source("b.jsonl", JsonLines("a", 3, " new") + JsonLines("b", 2));
  Skip({a});
  const IndexReport report = Skip({b});
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.duplicates, 3);
  EXPECT_EQ(Contents(collection_).at("a1").text, "text of a1");
  const Path c = Source("c.jsonl", JsonLines("a", 3, " newest") + JsonLines("a", 1, " twice"));
  const IndexReport replaced = Skip({c}, true);
  EXPECT_EQ(replaced.replaced, 3);
  EXPECT_EQ(replaced.duplicates, 1) << "no source replaces itself";
  EXPECT_EQ(Contents(collection_).at("a0").text, "text of a0 newest");
}

TEST_F(PassedOverTest, ADeletedIdMayComeAgain) {
  const Path a = Source("a.jsonl", JsonLines("a", 30));
  Skip({a});
  const std::vector<std::string> ids = {"a7"};
  DeletePassages(collection_, ids);
  const IndexReport report = Skip({Source("b.jsonl", JsonLines("a", 10, " again"))});
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.duplicates, 9);
}

// Killed after each block, and once with a deletion in between that takes a first one away.
TEST_F(PassedOverTest, AKillChangesNothing) {
  std::string lines;
  for (int i = 0; i < 60; ++i) {
    lines += JsonLines("a", i % 9 == 0 ? 1 : 0, " again") + JsonLines(std::to_string(i) + "-", 1);
  }
  const Path first = Source("a.jsonl", JsonLines("a", 25));
  const Path second = Source("b.jsonl", lines);
  const std::vector<std::string> command = {"index", collection_, "20",  "7",
                                            "0",     "skip-bad",  first, second};
  Skip({first, second});
  const auto expected = Contents(collection_);
  ASSERT_EQ(expected.size(), 85u);
  const std::vector<std::string> ids = {"a0"};
  for (int block = 1; block <= 12; ++block) {
    for (const bool deletes : {false, true}) {
      std::filesystem::remove_all(collection_);
      const testing::Process process(testing::DriverCommand(command),
                                     {"DPR_KILL_AT=block.committed:" + std::to_string(block)});
      ASSERT_EQ(process.Wait(), testing::kKilled) << block;
      const bool there = Collection::Open(collection_).FindRow("a0").has_value();
      if (deletes && there) DeletePassages(collection_, ids);
      Skip({first, second});
      auto now = Contents(collection_);
      if (deletes && there) {
        // One that was met later may have taken its place; nothing else may differ.
        now["a0"] = expected.at("a0");
      }
      EXPECT_EQ(now, expected) << block;
    }
  }
}

// More ids than are held in memory at once are covered by repeated_ids_test.
TEST_F(PassedOverTest, TheFirstOfManyIsTheOneThatIsNamed) {
  const Path a = Source("a.jsonl", JsonLines("a", 500));
  const Path b = Source("b.jsonl", JsonLines("b", 100) + JsonLines("a", 500));
  const Error error = ErrorOf([&] { Index(collection_, {a, b}); });
  EXPECT_THAT(error.where(), HasSubstr("b.jsonl, line 101"));
  EXPECT_THAT(error.what(), HasSubstr("a.jsonl, line 1."));
  EXPECT_THAT(error.hint(), HasSubstr("--skip-bad"));
}

}  // namespace
}  // namespace dpr
