#include "dpr/evaluation/top_k_accuracy.h"

#include <algorithm>

#include "dpr/base/error.h"

namespace dpr {

int FirstHit(const std::vector<bool>& has_answer) {
  const auto first = std::find(has_answer.begin(), has_answer.end(), true);
  return first == has_answer.end() ? 0 : static_cast<int>(first - has_answer.begin()) + 1;
}

std::vector<double> TopKHits(std::span<const int> first_hits, int k) {
  DPR_CHECK(k >= 1);
  std::vector<double> hits;
  hits.reserve(first_hits.size());
  for (const int rank : first_hits) hits.push_back(rank >= 1 && rank <= k ? 1 : 0);
  return hits;
}

}  // namespace dpr
