// Ranked lists out of three layouts and into one; DPR's results as Python writes them.
#include "dpr/data/run_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/data/dpr_results.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::TemporaryFolder;

std::vector<RankedList> Read(std::string_view text) { return ReadRun(StreamOf(text, "file")); }

TEST(ReadRun, ReadsTrecsLayout) {
  const auto lists = Read("q1 Q0 d2 1 9.5 tag\r\nq2\tQ0\td1\t1\t-1e-3\ttag\nq1 Q0 d1 2 9 tag");
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(lists[0].question_id, "q1");
  ASSERT_EQ(lists[0].passages.size(), 2u);
  EXPECT_EQ(lists[0].passages[0].passage_id, "d2");
  EXPECT_EQ(lists[0].passages[0].score, 9.5);
  EXPECT_EQ(lists[0].passages[1].score, 9);
  EXPECT_EQ(lists[1].passages[0].score, -1e-3);
}

TEST(ReadRun, ReadsTevatronsScoresAndMsMarcosRanks) {
  EXPECT_EQ(Read("q1\td2\t0.5\nq1\td1\t0.25\n")[0].passages[1].score, 0.25);
  const auto ranks = Read("q1\td2\t1\nq1\td1\t2\nq2\td9\t1\n");
  EXPECT_EQ(ranks[0].passages[0].score, 1);
  EXPECT_EQ(ranks[0].passages[1].score, 0.5) << "1 / rank";
  EXPECT_EQ(Read("q1\td2\t2\nq1\td1\t1\n")[0].passages[0].score, 2) << "falling: scores";
}

TEST(ReadRun, MalformedLinesNameTheirNumber) {
  const std::pair<const char*, const char*> cases[] = {
      {"q Q0 d 1 1 t\nq Q0 e 1 1\n", "5 columns, not 6"},
      {"q d 1\nq Q0 e 1 1 t\n", "6 columns, not 3"},
      {"q d 1\nq e x\n", "`x` is not a finite number"},
      {"q d 1\nq e nan\n", "not a finite number"},
      {"q d 1\nq e 1e999\n", "not a finite number"},
      {"q d 1\n\xff e 1\n", "UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(MessageOf([&bytes = text] { Read(bytes); }),
                AllOf(HasSubstr("file, line 2"), HasSubstr(problem)))
        << text;
  }
  EXPECT_THAT(MessageOf([] { Read("q d 1\nr d 1\nq d 2\n"); }),
              AllOf(HasSubstr("question `q`"), HasSubstr("passage `d` is ranked twice"),
                    HasSubstr("Remove one")));
  EXPECT_THAT(MessageOf([] { Read(""); }), HasSubstr("no ranked lists"));
}

TEST(RunFileWriter, WritesWhatReadRunReads) {
  const TemporaryFolder folder;
  const Path path = folder.path() / "run.trec";
  RunFileWriter writer(path, "dpr");
  const std::vector<float> scores = {81.25f, 0.1f, 1e-30f, -0.0f, std::nextafter(1.0f, 2.0f)};
  RankedList list{"q1", {}};
  for (size_t i = 0; i < scores.size(); ++i)
    list.passages.push_back({"d#" + std::to_string(i), scores[i]});
  writer.Add(list);
  writer.Add({"q2", {{"x", 0.1}}});
  writer.Add({"q3", {}});
  EXPECT_FALSE(std::filesystem::exists(path)) << "before Finish()";
  writer.Finish();
  EXPECT_THAT(ReadFile(path), HasSubstr("q1 Q0 d#0 1 81.25 dpr\nq1 Q0 d#1 2 0.1 dpr\n"));
  const auto lists = ReadRun(path);
  ASSERT_EQ(lists.size(), 2u);
  for (size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(static_cast<float>(lists[0].passages[i].score), scores[i]);
  }
  EXPECT_EQ(lists[1].passages[0].score, 0.1) << "a 64-bit number";
}

TEST(RunFileWriter, RefusesIdsThatTheFormatCannotHold) {
  const TemporaryFolder folder;
  {
    RunFileWriter writer(folder.path() / "run.trec", "dpr");
    EXPECT_THAT(MessageOf([&] {
                  writer.Add({"q1", {{"my file.txt#1", 1}}});
                }),
                HasSubstr(".jsonl"));
    EXPECT_THAT(MessageOf([&] { writer.Add({"", {}}); }), HasSubstr("empty"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(DprResultsWriter, EqualsPythonsJson) {
  const TemporaryFolder folder;
  DprResultsWriter writer(folder.path() / "results.json");
  std::ifstream records(testing::TestData() / "data" / "dpr_results.jsonl");
  for (std::string line; std::getline(records, line);) {
    const auto record = nlohmann::json::parse(line);
    std::vector<DprContext> contexts;
    for (const auto& context : record["ctxs"]) {
      contexts.push_back({context["id"], context["title"], context["text"],
                          context["score"].get<float>(), context["has_answer"]});
    }
    writer.Add({"id", record["question"], record["answers"]}, contexts);
  }
  writer.Finish();
  EXPECT_EQ(ReadFile(folder.path() / "results.json"),
            ReadFile(testing::TestData() / "data" / "dpr_results.json"));
}

TEST(DprResultsWriter, WithoutQuestionsTheArrayIsEmpty) {
  const TemporaryFolder folder;
  DprResultsWriter writer(folder.path() / "a");
  writer.Finish();
  EXPECT_EQ(ReadFile(folder.path() / "a"), "[]\n");
}

}  // namespace
}  // namespace dpr
