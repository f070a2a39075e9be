#include "dpr/evaluation/metric.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dpr/base/error.h"

namespace dpr {
namespace {

double Value(const char* name, std::vector<int> by_rank, std::vector<int> judged) {
  return MetricValue(ParseMetric(name), by_rank, judged);
}

TEST(Metric, NamesReadBackAsTheSameMetric) {
  for (const Metric metric : StandardMetrics()) {
    EXPECT_EQ(ParseMetric(MetricName(metric)), metric) << MetricName(metric);
  }
  EXPECT_EQ(MetricName(ParseMetric("P_7")), "P_7");
}

TEST(Metric, UnknownNamesAreRefused) {
  for (const char* name : {"", "ndcg", "ndcg_cut", "ndcg_cut_", "ndcg_cut_0", "ndcg_cut_-1",
                           "map_5", "P_1.5", "recall_99999999999", "MAP", "P_5 ", "success_+1"}) {
    try {
      ParseMetric(name);
      FAIL() << "`" << name << "` was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
    }
  }
}

TEST(Metric, FollowsTheFormulas) {
  const std::vector<int> by_rank = {0, 2, 0, 1}, judged = {1, 2, 3, 0};
  EXPECT_DOUBLE_EQ(Value("recip_rank", by_rank, judged), 1.0 / 2);
  EXPECT_DOUBLE_EQ(Value("map", by_rank, judged), (1.0 / 2 + 2.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(Value("recall_2", by_rank, judged), 1.0 / 3);
  EXPECT_DOUBLE_EQ(Value("success_1", by_rank, judged), 0);
  EXPECT_DOUBLE_EQ(Value("success_2", by_rank, judged), 1);
  EXPECT_DOUBLE_EQ(Value("P_10", by_rank, judged), 2.0 / 10);
  EXPECT_DOUBLE_EQ(Value("ndcg_cut_2", by_rank, judged),
                   (2 / std::log2(3)) / (3 + 2 / std::log2(3)));
}

TEST(Metric, IsZeroWithoutRelevantOrRetrievedPassages) {
  for (const Metric metric : StandardMetrics()) {
    EXPECT_EQ(MetricValue(metric, std::vector<int>{0, 0}, std::vector<int>{0, 0}), 0);
    EXPECT_EQ(MetricValue(metric, std::vector<int>{-1, 0}, std::vector<int>{-1, -2}), 0);
    EXPECT_EQ(MetricValue(metric, std::vector<int>{}, std::vector<int>{1}), 0);
    EXPECT_EQ(MetricValue(metric, std::vector<int>{}, std::vector<int>{}), 0);
  }
}

TEST(Metric, APerfectListHasOneEverywhere) {
  for (const Metric metric : StandardMetrics()) {
    if (metric == Metric{Metric::Kind::kPrecision, metric.cutoff}) continue;
    EXPECT_DOUBLE_EQ(MetricValue(metric, std::vector<int>{1}, std::vector<int>{1, 0, -1}), 1);
  }
}

}  // namespace
}  // namespace dpr
