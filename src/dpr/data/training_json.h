// DPR's training examples as JSON, one object a line (docs/formats/training.md):
// {"question", "answers", "positive_ctxs", "negative_ctxs", "hard_negative_ctxs"}, each passage
// {"title", "text", "score", "title_score", "passage_id"}, and of ours "rank" and "kind".
#pragma once

#include <string>

#include "dpr/data/records.h"

namespace dpr {

// Without the line's end. Bytes that are not UTF-8 become U+FFFD.
std::string TrainingExampleJson(const TrainingExample& example);

}  // namespace dpr
