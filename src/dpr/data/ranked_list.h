// What a retriever answered to one question. Plain data.
#pragma once

#include <string>
#include <vector>

namespace dpr {

struct RankedPassage {
  std::string passage_id;
  double score = 0;
};

// `passages` is in no promised order: rank follows from the scores (dpr/evaluation/metrics.h has
// the rule).
struct RankedList {
  std::string question_id;
  std::vector<RankedPassage> passages;
};

}  // namespace dpr
