#include "dpr/retrieval/fusion.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr double kReciprocalRankConstant = 60;
// A score summed in another order may be above the one in the list by its rounding to a float.
constexpr double kBm25Slack = 1e-6;

double PaperSum(double bm25, double weighted_dense) { return bm25 + weighted_dense; }

// Adds up a double for each row, and remembers what each list scored it.
class Sums {
 public:
  void AddDense(const ScoredRow& row, double part) {
    Sum& sum = sums_[row.row];
    sum.total += part;
    sum.hit.dense_score = row.score;
  }
  void AddBm25(const ScoredRow& row, double part) {
    Sum& sum = sums_[row.row];
    sum.total += part;
    sum.hit.bm25_score = row.score;
  }
  void AddBoth(const Hit& hit, double total) { sums_[hit.row] = {total, hit}; }

  std::vector<Hit> Best(int64_t k) const {
    std::vector<std::pair<double, Hit>> all;
    all.reserve(sums_.size());
    for (const auto& [row, sum] : sums_) {
      all.emplace_back(sum.total, sum.hit);
      all.back().second.row = row;
      all.back().second.score = static_cast<float>(sum.total);
    }
    const auto keep = std::min(all.size(), static_cast<size_t>(k));
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(keep), all.end(),
                      [](const auto& a, const auto& b) {
                        return a.first != b.first ? a.first > b.first : a.second.row < b.second.row;
                      });
    std::vector<Hit> best;
    for (size_t i = 0; i < keep; ++i) best.push_back(all[i].second);
    return best;
  }

 private:
  struct Sum {
    double total = 0;
    Hit hit;
  };
  std::unordered_map<int64_t, Sum> sums_;
};

double ReciprocalRank(size_t place) {
  return 1 / (kReciprocalRankConstant + static_cast<double>(place) + 1);
}

// Maps the scores of a list to 0..1; all equal: 1.
class Stretch {
 public:
  explicit Stretch(std::span<const ScoredRow> list)
      : low_(list.empty() ? 0 : list.back().score),
        range_(list.empty() ? 0 : list.front().score - low_) {}
  double operator()(float score) const { return range_ > 0 ? (score - low_) / range_ : 1; }

 private:
  double low_, range_;
};

}  // namespace

Fusion ParseFusion(std::string_view name) {
  if (name == "rrf") return Fusion::kReciprocalRank;
  if (name == "weighted") return Fusion::kWeighted;
  if (name == "paper") return Fusion::kPaper;
  throw Error(ErrorCode::kUsage, "there is no fusion \"" + std::string(name) + "\"", {},
              "Choose rrf, weighted or paper");
}

std::string FusionName(Fusion fusion) {
  switch (fusion) {
    case Fusion::kReciprocalRank:
      return "rrf";
    case Fusion::kWeighted:
      return "weighted";
    case Fusion::kPaper:
      return "paper";
  }
  DPR_CHECK(false);
}

int64_t FusionDepth(Fusion fusion) { return fusion == Fusion::kPaper ? 2000 : 1000; }
double DefaultFusionWeight(Fusion fusion) { return fusion == Fusion::kPaper ? 1.1 : 0.5; }

std::vector<Hit> Fuse(const RankedParts& parts, Fusion fusion, double weight, int64_t k) {
  Sums sums;
  if (fusion == Fusion::kPaper) {
    for (const Hit& hit : parts.both) {
      sums.AddBoth(hit, PaperSum(*hit.bm25_score, weight * double{*hit.dense_score}));
    }
    return sums.Best(k);
  }
  const Stretch dense(parts.dense), bm25(parts.bm25);
  const bool by_rank = fusion == Fusion::kReciprocalRank;
  for (size_t i = 0; i < parts.dense.size(); ++i) {
    const ScoredRow& row = parts.dense[i];
    sums.AddDense(row, by_rank ? ReciprocalRank(i) : weight * dense(row.score));
  }
  for (size_t i = 0; i < parts.bm25.size(); ++i) {
    const ScoredRow& row = parts.bm25[i];
    sums.AddBm25(row, by_rank ? ReciprocalRank(i) : (1 - weight) * bm25(row.score));
  }
  return sums.Best(k);
}

std::vector<Hit> Join(const RankedParts& parts) {
  std::vector<Hit> hits;
  hits.reserve(parts.dense.size() + parts.bm25.size());
  for (const ScoredRow& found : parts.dense) hits.push_back({found.row, 0, found.score, {}});
  for (const ScoredRow& found : parts.bm25) hits.push_back({found.row, 0, {}, found.score});
  std::ranges::sort(hits, {}, &Hit::row);
  size_t kept = 0;
  for (size_t i = 0; i < hits.size(); ++i) {
    if (kept == 0 || hits[kept - 1].row != hits[i].row) {
      hits[kept++] = hits[i];
      continue;
    }
    Hit& same = hits[kept - 1];
    if (hits[i].dense_score) same.dense_score = hits[i].dense_score;
    if (hits[i].bm25_score) same.bm25_score = hits[i].bm25_score;
  }
  hits.resize(kept);
  return hits;
}

MissingScores::MissingScores(const RankedParts& parts, int64_t depth) {
  if (!parts.dense.empty()) dense = parts.dense.back().score;
  if (static_cast<int64_t>(parts.bm25.size()) < depth) return;
  bm25 = double{parts.bm25.back().score} * (1 + kBm25Slack);
}

void KeepContenders(std::vector<Hit>& hits, const MissingScores& at_most, double weight,
                    int64_t k) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double most_dense = weight >= 0 ? weight * at_most.dense : infinity;
  std::vector<double> least;  // BM25 is never below 0, a dense score may be anything
  for (const Hit& hit : hits) {
    if (!hit.dense_score) continue;
    least.push_back(PaperSum(hit.bm25_score.value_or(0), weight * double{*hit.dense_score}));
  }
  const auto kth = static_cast<size_t>(k) - 1;
  if (kth >= least.size()) return;
  std::ranges::nth_element(least, least.begin() + static_cast<std::ptrdiff_t>(kth),
                           std::greater<>());
  std::erase_if(hits, [&](const Hit& hit) {
    const double bm25 = hit.bm25_score ? double{*hit.bm25_score} : at_most.bm25;
    const double dense = hit.dense_score ? weight * double{*hit.dense_score} : most_dense;
    return PaperSum(bm25, dense) < least[kth];
  });
}

}  // namespace dpr
