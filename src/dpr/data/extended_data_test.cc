// Real files, read completely: their counts are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/test_environment.h"
#include "dpr/data/judgement_reader.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/question_reader.h"

namespace dpr {
namespace {

using testing::SharedData;

struct Totals {
  int64_t passages = 0, bad = 0;
};

Totals Count(const Path& path) {
  Totals totals;
  Passage passage;
  for (const SourceFile& file : ListSources({path})) {
    const auto reader = OpenSource(file, {});
    while (reader->Next(passage)) ++totals.passages;
    totals.bad += reader->bad_records();
  }
  return totals;
}

class ExtendedData : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(SharedData())) {
      GTEST_SKIP() << "no data in " << SharedData() << "; set DPR_SHARED_DATA to where it is";
    }
  }
};

TEST_F(ExtendedData, WikipediaPassages) {
  EXPECT_EQ(Count(SharedData() / "wiki").passages, 655223);
}

TEST_F(ExtendedData, SquadParagraphs) {
  EXPECT_EQ(Count(SharedData() / "squad" / "train-v1.1.json.gz").passages, 18896);
  EXPECT_EQ(Count(SharedData() / "squad" / "dev-v1.1.json.gz").passages, 2067);
}

TEST_F(ExtendedData, BeirFolders) {
  EXPECT_EQ(Count(SharedData() / "beir" / "cacm").passages, 3204);
  EXPECT_EQ(Count(SharedData() / "beir" / "time").passages, 423);
}

TEST_F(ExtendedData, Questions) {
  const std::pair<const char*, size_t> files[] = {
      {"questions/nq-dev.qa.csv", 8757},     {"questions/trivia-dev.qa.csv", 8837},
      {"questions/webq-train.qa.csv", 3778}, {"questions/trec-train.qa.csv", 1704},
      {"beir/cacm/queries.jsonl", 52},       {"beir/time/queries.jsonl", 82}};
  for (const auto& [name, count] : files) {
    const auto questions = ReadQuestions(SharedData() / name);
    EXPECT_EQ(questions.size(), count) << name;
    const bool has_answers = Path(name).extension() == ".csv";
    for (const Question& question : questions) {
      EXPECT_EQ(!question.answers.empty(), has_answers) << question.text;
    }
  }
}

TEST_F(ExtendedData, Judgements) {
  EXPECT_EQ(ReadJudgements(SharedData() / "beir/cacm/qrels/test.tsv").size(), 796u);
  EXPECT_EQ(ReadJudgements(SharedData() / "beir/time/qrels/test.tsv").size(), 321u);
}

}  // namespace
}  // namespace dpr
