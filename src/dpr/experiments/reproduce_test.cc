#include "dpr/experiments/reproduce.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>

#include "dpr/base/error.h"
#include "dpr/experiments/tiny_squad_for_test.h"
#include "dpr/report/well_formed_for_test.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

class ReproduceTest : public ::testing::Test {
 protected:
  ReproduceTest() {
    folder_.Write("data/squad.json", testing::TinySquad(40));
    request_.materials.data = folder_.path() / "data";
    request_.materials.model = testing::TestData() / "encoder" / "st_mean";
    request_.out = folder_.path() / "out";
    request_.command = "dpr reproduce tiny";
    request_.version = "test";
  }

  ReproduceOutcome Run(const Json& experiment) {
    request_.definitions = {ParseDefinition(experiment.dump(), "tiny", "tiny.json", request_.size)};
    return Reproduce(request_, stop_, silent_);
  }
  std::set<std::string> Keys() const {
    std::set<std::string> keys;
    for (const auto& entry : fs::directory_iterator(request_.out / "work")) {
      if (entry.is_directory()) keys.insert(entry.path().filename().string());
    }
    return keys;
  }
  Json Results() const { return Json::parse(ReadFile(request_.out / "tiny.json")); }

  testing::TemporaryFolder folder_;
  ReproduceRequest request_;
  std::atomic<bool> stop_ = false;
  NoProgress silent_;
};

TEST_F(ReproduceTest, RunsEachKindOfVariantAndReportsThem) {
  const ReproduceOutcome outcome = Run(testing::TinyExperiment());
  ASSERT_EQ(outcome.findings.size(), 1U);
  ASSERT_EQ(outcome.findings[0].tables.size(), 3U) << "gold, answer, strict";
  for (const TableFindings& table : outcome.findings[0].tables) {
    EXPECT_EQ(table.rows.size(), 8U);
    EXPECT_LE(table.questions, 12);
    for (const RowFindings& row : table.rows) {
      for (size_t i = 0; i < row.means.size(); ++i) {
        EXPECT_LE(row.intervals[i].low, row.means[i]) << row.variant;
        EXPECT_GE(row.intervals[i].high, row.means[i]) << row.variant;
        EXPECT_GE(row.means[i], i > 0 ? row.means[i - 1] : 0) << row.variant;
      }
    }
  }
  // The words of a question are its paragraph's alone.
  EXPECT_DOUBLE_EQ(outcome.findings[0].tables[0].rows[0].means[0], 1);
  const std::string page = ReadFile(outcome.report);
  EXPECT_EQ(WellFormedCheck::Problem(page), "");
  EXPECT_THAT(page, HasSubstr("Tiny SQuAD"));
  EXPECT_THAT(page, HasSubstr("Made for tests."));
  const Json results = Results();
  EXPECT_EQ(results["variants"]["trained"]["tried"].size(), 2U);
  EXPECT_EQ(results["variants"]["updates"]["steps"], 6) << "24 examples in batches of 4";
  EXPECT_GT(results["variants"]["trained"]["initial_scores"]["negative_deviation"], 0);
}

TEST_F(ReproduceTest, TheSameCallAgainDoesNothingAndFindsTheSame) {
  Run(testing::TinyExperiment());
  const std::set<std::string> keys = Keys();
  const Json first = Results();
  const ReproduceOutcome again = Run(testing::TinyExperiment());
  EXPECT_EQ(Keys(), keys);
  EXPECT_EQ(Results(), first);
  EXPECT_EQ(again.forecast, 0);
  for (const double seconds : again.time.seconds) EXPECT_EQ(seconds, 0);
}

TEST_F(ReproduceTest, AChangedDefinitionSharesWhatIsEqualAndMakesTheRestAnew) {
  Json experiment = testing::TinyExperiment();
  experiment["variants"].erase("second");
  experiment["variants"].erase("updates");
  Run(experiment);
  const std::set<std::string> before = Keys();
  experiment["variants"]["trained"]["train"]["settings"] = {{"dropout", 0.2}};
  Run(experiment);
  std::map<std::string, int> made;
  for (const std::string& key : Keys()) {
    if (before.contains(key)) continue;
    const Json record = Json::parse(ReadFile(request_.out / "work" / key / "step.json"));
    ++made[record["spec"]["step"].get<std::string>()];
  }
  EXPECT_EQ(made["training"], 4) << "two seeds, two trials";
  EXPECT_EQ(made["encoding"], 2);
  EXPECT_EQ(made["searching"], 4) << "alone, and in the hybrid";
  EXPECT_EQ(made["mining"] + made["indexing"] + made["pretraining"], 0);
}

TEST_F(ReproduceTest, NoParagraphOfATestIsTrainedOn) {
  Run(testing::TinyExperiment());
  const auto articles_of = [&](const std::string& marker, const char* part) {
    std::set<std::string> articles;
    for (const std::string& key : Keys()) {
      const Path file = request_.out / "work" / key / (std::string(part) + ".jsonl");
      if (!fs::exists(file) || !fs::exists(request_.out / "work" / key / marker)) continue;
      std::ifstream lines(file);
      for (std::string line; std::getline(lines, line);) {
        const Json question = Json::parse(line);
        for (const auto& id : question.at("gold").get<std::vector<std::string>>()) {
          articles.insert(id.substr(0, id.find('#')));
        }
      }
    }
    return articles;
  };
  const auto tested = articles_of("passages.jsonl", "test");
  const auto trained = articles_of("passages.jsonl", "train");
  const auto chosen = articles_of("passages.jsonl", "choose");
  EXPECT_FALSE(tested.empty() || trained.empty() || chosen.empty());
  for (const std::string& article : tested) {
    EXPECT_FALSE(trained.contains(article) || chosen.contains(article)) << article;
  }
  for (const std::string& article : chosen) EXPECT_FALSE(trained.contains(article)) << article;
}

TEST_F(ReproduceTest, SaysWhatIsNotRunHere) {
  Json experiment = testing::TinyExperiment();
  experiment["encoders"]["given"]["model"] = "models/not-there";
  experiment["encoders"]["pretrained"]["texts"] = {"no-text.tsv"};
  const ReproduceOutcome outcome = Run(experiment);
  const Json results = Results();
  const auto why = [&](const char* variant) {
    return results["variants"][variant]["not_run"].get<std::string>();
  };
  EXPECT_THAT(why("trained"), HasSubstr("no-text.tsv"));
  EXPECT_THAT(why("hybrid"), HasSubstr("no-text.tsv"));
  EXPECT_THAT(why("words"), HasSubstr("models/not-there"));
  EXPECT_EQ(outcome.findings[0].tables[0].rows.size(), 3U) << "bm25, untrained, updates";
  EXPECT_THAT(ReadFile(outcome.report), HasSubstr("not run here"));
}

TEST_F(ReproduceTest, WithoutAModelThereIsBm25Alone) {
  request_.materials.model.reset();
  const ReproduceOutcome outcome = Run(testing::TinyExperiment());
  EXPECT_EQ(outcome.findings[0].tables[0].rows.size(), 1U);
  EXPECT_THAT(Results()["variants"]["untrained"]["not_run"].get<std::string>(),
              HasSubstr("--model"));
}

TEST_F(ReproduceTest, ASmokeRunPrintsNoConclusions) {
  request_.size = Size::kSmoke;
  Json experiment = testing::TinyExperiment();
  experiment["variants"].erase("second");
  const std::string page = ReadFile(Run(experiment).report);
  EXPECT_THAT(page, HasSubstr("no conclusions"));
  EXPECT_THAT(page, Not(HasSubstr("letters</th>")));
}

TEST_F(ReproduceTest, ASetThatIsTooSmallIsNamedWithItsSizeAndTheNeed) {
  Json experiment = testing::TinyExperiment();
  experiment["test_questions"] = 1000;
  try {
    Run(experiment);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    EXPECT_THAT(error.what(), HasSubstr("`squad`"));
    EXPECT_THAT(error.what(), HasSubstr("240"));
    EXPECT_THAT(error.what(), HasSubstr("1000"));
  }
}

TEST_F(ReproduceTest, AMissingFileIsNamed) {
  Json experiment = testing::TinyExperiment();
  experiment["sets"]["squad"]["files"] = {"nowhere.json"};
  try {
    Run(experiment);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("nowhere.json"));
  }
}

TEST_F(ReproduceTest, QuestionsOverPassagesOfTheirOwn) {
  std::string passages = "id\ttext\ttitle\n", questions;
  for (int i = 0; i < 60; ++i) {
    const std::string own = std::to_string(2000 + i);
    passages += own + "\tthe king of " + own + " is in the river\tking\n";
    questions += "who is the king of " + own + "?\t['of " + own + "']\n";
  }
  folder_.Write("data/passages.tsv", passages);
  folder_.Write("data/nq.qa.csv", questions);
  Json experiment = testing::TinyExperiment();
  experiment["sets"]["squad"] = {
      {"kind", "questions"}, {"questions", "nq.qa.csv"}, {"passages", {"passages.tsv"}}};
  const ReproduceOutcome outcome = Run(experiment);
  ASSERT_EQ(outcome.findings[0].tables.size(), 2U) << "no gold passages";
  EXPECT_EQ(outcome.findings[0].tables[0].right, Right::kAnswer);
  EXPECT_DOUBLE_EQ(outcome.findings[0].tables[0].rows[0].means.back(), 1);
}

TEST_F(ReproduceTest, PublishedFilesAsTheyAre) {
  const auto example = [](const std::string& own) {
    const auto passage = [](const std::string& text) {
      return Json{{"title", "king"}, {"text", text}, {"passage_id", text}};
    };
    return Json{{"question", "who is the king of " + own + "?"},
                {"answers", {own}},
                {"positive_ctxs", {passage("the king of " + own)}},
                {"negative_ctxs", {passage("river")}},
                {"hard_negative_ctxs", {passage("the king")}}};
  };
  Json train = Json::array(), dev = Json::array();
  std::string passages = "id\ttext\ttitle\n", tests;
  for (int i = 0; i < 40; ++i) {
    const std::string own = std::to_string(3000 + i);
    (i < 28 ? train : dev).push_back(example(own));
    passages += own + "\t\"the \"\"king\"\" of " + own + "\"\tking\n";
    tests += "who is the king of " + own + "?\t['" + own + "']\n";
  }
  folder_.Write("data/train.json", train.dump());
  folder_.Write("data/dev.json", dev.dump());
  folder_.Write("data/psgs_w100.tsv", passages);
  folder_.Write("data/test.qa.csv", tests);
  Json experiment = testing::TinyExperiment();
  experiment["sets"]["squad"] = {{"kind", "published"},
                                 {"train", "train.json"},
                                 {"choose", "dev.json"},
                                 {"test", "test.qa.csv"},
                                 {"passages", {"psgs_w100.tsv"}}};
  experiment["negatives"] = {{"bm25", {{"published", true}}}};
  experiment["variants"].erase("second");
  experiment["variants"]["updates"]["train"]["negatives"] = "bm25";
  const ReproduceOutcome outcome = Run(experiment);
  EXPECT_EQ(outcome.findings[0].tables[0].rows.size(), 7U);
  EXPECT_DOUBLE_EQ(outcome.findings[0].tables[0].rows[0].means[0], 1) << "BM25";
}

}  // namespace
}  // namespace dpr
