#include "dpr/evaluation/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/test_goldens.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct GoldenCase {
  std::string name;
  std::vector<RankedList> lists;
  std::vector<Judgement> judgements;
  std::map<std::string, double> means;                               // by metric
  std::map<std::string, std::map<std::string, double>> by_question;  // by question and metric
};

std::vector<GoldenCase> GoldenCases() {
  std::vector<GoldenCase> cases;
  for (const auto& row : testing::GoldenRows("trec_metrics.tsv")) {
    if (row[0] == "case") cases.emplace_back().name = row[1];
    GoldenCase& golden = cases.back();
    if (row[0] == "qrel") golden.judgements.push_back({row[1], row[2], std::stoi(row[3])});
    if (row[0] == "run") {
      if (golden.lists.empty() || golden.lists.back().question_id != row[1]) {
        golden.lists.push_back({row[1], {}});
      }
      golden.lists.back().passages.push_back({row[2], std::strtod(row[3].c_str(), nullptr)});
    }
    if (row[0] == "value") golden.by_question[row[1]][row[2]] = std::stod(row[3]);
    if (row[0] == "mean") golden.means[row[1]] = std::stod(row[2]);
  }
  return cases;
}

std::vector<Metric> MetricsOf(const GoldenCase& golden) {
  std::vector<Metric> metrics;
  for (const auto& [name, mean] : golden.means) metrics.push_back(ParseMetric(name));
  return metrics;
}

std::string MessageOf(const std::vector<RankedList>& lists,
                      const std::vector<Judgement>& judgements) {
  try {
    Evaluate(lists, judgements, StandardMetrics());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    return error.what();
  }
  return "no error";
}

double ReciprocalRank(const std::vector<RankedPassage>& passages) {
  const std::vector<RankedList> lists = {{"q", passages}};
  const std::vector<Judgement> judgements = {{"q", "right", 1}};
  const std::vector<Metric> metrics = {{Metric::Kind::kReciprocalRank}};
  return Evaluate(lists, judgements, metrics).values[0][0];
}

TEST(Evaluate, EqualsTrecEval) {
  const auto cases = GoldenCases();
  ASSERT_GE(cases.size(), 8u);
  for (const GoldenCase& golden : cases) {
    SCOPED_TRACE(golden.name);
    const auto metrics = MetricsOf(golden);
    ASSERT_GE(metrics.size(), 16u);
    const Evaluation ours = Evaluate(golden.lists, golden.judgements, metrics);
    for (size_t m = 0; m < metrics.size(); ++m) {
      const std::string name = MetricName(metrics[m]);
      // The goldens have 10 digits; the order of summation differs in the last bits.
      EXPECT_NEAR(Mean(ours.values[m]), golden.means.at(name), 1e-9) << name;
      for (size_t q = 0; q < ours.question_ids.size(); ++q) {
        const auto question = golden.by_question.find(ours.question_ids[q]);
        const double theirs = question == golden.by_question.end() ? 0 : question->second.at(name);
        EXPECT_NEAR(ours.values[m][q], theirs, 1e-9) << name << " of " << ours.question_ids[q];
      }
    }
  }
}

TEST(Evaluate, CountsWhatHasNoCounterpart) {
  const std::vector<RankedList> lists = {{"a", {{"1", 1}}}, {"unknown", {{"1", 1}}}};
  const std::vector<Judgement> judgements = {{"a", "1", 1}, {"c", "1", 0}, {"b", "2", 1}};
  const Evaluation evaluation = Evaluate(lists, judgements, StandardMetrics());
  EXPECT_THAT(evaluation.question_ids, ElementsAre("a", "b", "c"));
  EXPECT_THAT(evaluation.values[1], ElementsAre(1, 0, 0));
  EXPECT_EQ(evaluation.without_results, 2);
  EXPECT_EQ(evaluation.without_relevant, 1);
  EXPECT_EQ(evaluation.lists_left_out, 1);
}

TEST(Evaluate, RanksByScoreThenByGreaterId) {
  EXPECT_EQ(ReciprocalRank({{"a", 1}, {"right", 2}}), 1);
  EXPECT_EQ(ReciprocalRank({{"right", 1}, {"z", 1}}), 0.5);
  EXPECT_EQ(ReciprocalRank({{"z", 1}, {"right", 1 + 1e-12}}), 0.5) << "equal as 32-bit floats";
  EXPECT_EQ(ReciprocalRank({{"z", 1}, {"right", 1 + 1e-6}}), 1);
  EXPECT_EQ(ReciprocalRank({{"right", 1}, {"\xc3\xa9", 1}}), 0.5) << "bytes are unsigned";
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(ReciprocalRank({{"z", 1}, {"right", infinity}, {"a", -infinity}}), 1);
}

TEST(Evaluate, DoesNotDependOnOrderOrThreads) {
  GoldenCase golden = GoldenCases().front();
  const auto metrics = MetricsOf(golden);
  const Evaluation first = Evaluate(golden.lists, golden.judgements, metrics);
  const CounterRandom random(1, 2);
  random.Shuffle(std::span(golden.lists));
  random.Shuffle(std::span(golden.judgements));
  for (RankedList& list : golden.lists) random.Shuffle(std::span(list.passages));
  const int threads = ThreadCount();
  for (const int count : {1, 3}) {
    SetThreadCount(count);
    const Evaluation again = Evaluate(golden.lists, golden.judgements, metrics);
    EXPECT_EQ(again.question_ids, first.question_ids);
    EXPECT_EQ(again.values, first.values);
  }
  SetThreadCount(threads);
}

TEST(Evaluate, RefusesWhatHasNoMeaning) {
  const std::vector<Judgement> good = {{"q", "p", 1}};
  EXPECT_THAT(MessageOf({{"q", {{"p", 2}, {"x", 1}, {"p", 0}}}}, good),
              HasSubstr("results of question `q`: passage `p` is in the list twice"));
  EXPECT_THAT(MessageOf({{"q", {}}, {"q", {}}}, good), HasSubstr("two lists"));
  EXPECT_THAT(MessageOf({{"q", {{"p", std::numeric_limits<double>::quiet_NaN()}}}}, good),
              HasSubstr("score of passage `p` is not a number"));
  EXPECT_THAT(MessageOf({}, {{"q", "p", 1}, {"q", "x", 1}, {"q", "p", 1}}),
              HasSubstr("judgements of question `q`: passage `p` is judged twice"));
  EXPECT_THAT(MessageOf({}, {}), HasSubstr("no judgements"));
  EXPECT_THROW(Mean({}), Error);
}

TEST(ExcludeSelf, RemovesThePassageThatIsTheQuestion) {
  std::vector<RankedList> lists = {{"a", {{"b", 2}, {"a", 3}, {"c", 1}}}, {"b", {{"a", 1}}}};
  EXPECT_EQ(ExcludeSelf(lists), 1);
  ASSERT_EQ(lists[0].passages.size(), 2u);
  EXPECT_EQ(lists[0].passages[0].passage_id, "b");
  EXPECT_EQ(lists[0].passages[1].passage_id, "c");
  EXPECT_EQ(lists[1].passages.size(), 1u);
}

}  // namespace
}  // namespace dpr
