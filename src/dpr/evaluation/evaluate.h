// From ranked lists and judgements to the metrics of each question, as trec_eval computes them.
//
// The rank of a passage follows from its score alone: higher first, compared as 32-bit floats, as
// trec_eval stores them; ties by passage id, the greater byte string first. Judgements decide which
// questions count: one that no list answers has 0 in every metric (trec_eval's option -c), and a
// list whose question has no judgement is left out.
//
// All functions are pure and thread-safe; results do not depend on the number of threads nor on the
// order of the lists and judgements.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/data/ranked_list.h"
#include "dpr/data/records.h"
#include "dpr/evaluation/metric.h"

namespace dpr {

struct Evaluation {
  std::vector<Metric> metrics;
  std::vector<std::string> question_ids;    // those of the judgements, in byte order
  std::vector<std::vector<double>> values;  // [metrics][questions]
  int64_t without_results = 0;              // questions that no list answers
  int64_t without_relevant = 0;             // questions for which no passage is judged relevant
  int64_t lists_left_out = 0;               // lists whose question has no judgement
};

// Throws kInvalid when there are no judgements, when two lists answer one question, when a list
// holds a passage twice, when a passage is judged twice for one question, and when a score is not a
// number.
Evaluation Evaluate(std::span<const RankedList> lists, std::span<const Judgement> judgements,
                    std::span<const Metric> metrics);

// The mean in double, summed in the given order. kInvalid when there are no values.
double Mean(std::span<const double> values);

// Removes from each list the passage whose id is the question's, for collections whose questions
// are themselves passages. Returns how many were removed. Retrieve one passage more than needed
// before.
int64_t ExcludeSelf(std::vector<RankedList>& lists);

}  // namespace dpr
