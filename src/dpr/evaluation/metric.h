// The metrics of trec_eval 9, by its names, for one ranked list.
//
// With rel_i the relevance at rank i (from 1; what is unjudged, or judged below 1, counts as 0), R
// the number of passages judged relevant (1 or more), and hits(k) the number of them at ranks <= k:
//   ndcg_cut_k   DCG(k) / the largest DCG(k) that the judgements allow,
//                DCG(k) = sum over i <= k of rel_i / log2(i + 1): the gain is the grade itself
//   recip_rank   1 / rank of the first relevant passage, over the whole list
//   map          1/R * the sum over relevant ranks i of hits(i) / i
//   recall_k     hits(k) / R
//   success_k    1 if hits(k) > 0, else 0
//   P_k          hits(k) / k, however short the list is
// A question without relevant passages has 0 in all of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dpr {

struct Metric {
  enum class Kind { kNdcg, kReciprocalRank, kAveragePrecision, kRecall, kSuccess, kPrecision };
  Kind kind;
  int cutoff = 0;  // k, at least 1; 0 for the kinds that have none

  bool operator==(const Metric&) const = default;
};

std::string MetricName(Metric metric);      // "ndcg_cut_10"
Metric ParseMetric(std::string_view name);  // kUsage when there is no such metric
std::span<const Metric> StandardMetrics();  // what `dpr eval` reports, in its order

// `by_rank` holds the relevance at each rank of the list, `judged` every relevance that the
// question has been given, in any order.
double MetricValue(Metric metric, std::span<const int> by_rank, std::span<const int> judged);

}  // namespace dpr
