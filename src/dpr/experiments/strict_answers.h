// Answers that do not stand in passages by accident. "2" or "the band" is in many passages that do
// not answer the question; a retriever is then right by chance. So beside the accuracy over all
// answers there is one over strict answers only:
//
//   - at least three letters or digits (regular expressions: no such rule), and
//   - in at most 1 % of a sample of 2,000 passages, evenly spread over the collection (or in one).
//
// Questions without a strict answer are not counted there.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/text/answer_match.h"

namespace dpr {

// For each question, those of its answers that are strict. Uses all compute threads.
std::vector<std::vector<std::string>> StrictAnswers(std::span<const Question> questions,
                                                    std::span<const Passage> sample,
                                                    MatchMode match);

}  // namespace dpr
