#include "dpr/evaluation/metric.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>
#include <vector>

#include "dpr/base/error.h"

namespace dpr {
namespace {

struct KindName {
  Metric::Kind kind;
  std::string_view name;
  bool has_cutoff;
};

constexpr KindName kKinds[] = {
    {Metric::Kind::kNdcg, "ndcg_cut", true},
    {Metric::Kind::kReciprocalRank, "recip_rank", false},
    {Metric::Kind::kAveragePrecision, "map", false},
    {Metric::Kind::kRecall, "recall", true},
    {Metric::Kind::kSuccess, "success", true},
    {Metric::Kind::kPrecision, "P", true},
};

bool IsRelevant(int relevance) { return relevance > 0; }

int CountRelevant(std::span<const int> relevances) {
  return static_cast<int>(std::count_if(relevances.begin(), relevances.end(), IsRelevant));
}

double DiscountedGain(std::span<const int> by_rank) {
  double sum = 0;
  for (size_t i = 0; i < by_rank.size(); ++i) {
    if (IsRelevant(by_rank[i])) sum += by_rank[i] / std::log2(static_cast<double>(i + 2));
  }
  return sum;
}

double Ndcg(std::span<const int> top, std::span<const int> judged, size_t cutoff) {
  std::vector<int> ideal(judged.begin(), judged.end());
  std::sort(ideal.begin(), ideal.end(), std::greater<>());
  ideal.resize(std::min(cutoff, ideal.size()));
  return DiscountedGain(top) / DiscountedGain(ideal);
}

double ReciprocalRank(std::span<const int> by_rank) {
  const auto first = std::find_if(by_rank.begin(), by_rank.end(), IsRelevant);
  return first == by_rank.end() ? 0 : 1.0 / static_cast<double>(first - by_rank.begin() + 1);
}

double AveragePrecision(std::span<const int> by_rank, int relevant) {
  double sum = 0;
  int hits = 0;
  for (size_t i = 0; i < by_rank.size(); ++i) {
    if (IsRelevant(by_rank[i])) sum += ++hits / static_cast<double>(i + 1);
  }
  return sum / relevant;
}

}  // namespace

std::string MetricName(Metric metric) {
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const KindName& known) { return known.kind == metric.kind; });
  DPR_CHECK(kind != std::end(kKinds));
  std::string name(kind->name);
  return kind->has_cutoff ? name + "_" + std::to_string(metric.cutoff) : name;
}

Metric ParseMetric(std::string_view name) {
  for (const KindName& known : kKinds) {
    if (!known.has_cutoff && name == known.name) return {known.kind};
    if (!known.has_cutoff || !name.starts_with(known.name)) continue;
    const std::string_view rest = name.substr(known.name.size());
    int cutoff = 0;
    if (rest.size() < 2 || rest[0] != '_') continue;
    const auto [end, problem] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), cutoff);
    if (problem == std::errc() && end == rest.data() + rest.size() && cutoff >= 1) {
      return {known.kind, cutoff};
    }
  }
  throw Error(ErrorCode::kUsage, "there is no metric `" + std::string(name) + "`", {},
              "Use map, recip_rank, ndcg_cut_K, recall_K, success_K or P_K with K from 1");
}

std::span<const Metric> StandardMetrics() {
  using Kind = Metric::Kind;
  static constexpr Metric kMetrics[] = {
      {Kind::kNdcg, 10},   {Kind::kReciprocalRank}, {Kind::kAveragePrecision},
      {Kind::kRecall, 20}, {Kind::kRecall, 100},    {Kind::kSuccess, 1},
      {Kind::kSuccess, 5}, {Kind::kSuccess, 20},    {Kind::kSuccess, 100}};
  return kMetrics;
}

double MetricValue(Metric metric, std::span<const int> by_rank, std::span<const int> judged) {
  const int relevant = CountRelevant(judged);
  if (relevant == 0) return 0;
  const size_t cutoff = static_cast<size_t>(metric.cutoff);
  const std::span<const int> top = by_rank.first(std::min(cutoff, by_rank.size()));
  switch (metric.kind) {
    case Metric::Kind::kNdcg:
      return Ndcg(top, judged, cutoff);
    case Metric::Kind::kReciprocalRank:
      return ReciprocalRank(by_rank);
    case Metric::Kind::kAveragePrecision:
      return AveragePrecision(by_rank, relevant);
    case Metric::Kind::kRecall:
      return CountRelevant(top) / static_cast<double>(relevant);
    case Metric::Kind::kSuccess:
      return CountRelevant(top) > 0 ? 1 : 0;
    case Metric::Kind::kPrecision:
      return CountRelevant(top) / static_cast<double>(cutoff);
  }
  CheckFailed("the kind of metric has a formula", __FILE__, __LINE__);
}

}  // namespace dpr
