// What an experiment's results say: accuracies with intervals over seeds and questions together,
// and which variants they tell apart. Pure, but for reading the results.
#pragma once

#include <string>
#include <vector>

#include "dpr/evaluation/separation.h"
#include "dpr/experiments/layout.h"
#include "dpr/experiments/ranks.h"
#include "dpr/experiments/step.h"

namespace dpr {

// The ways of being right, each judged apart: the gold passage is found; a passage that holds an
// answer; one that holds a strict answer (strict_answers.h).
enum class Right { kGold, kAnswer, kStrict };
constexpr Right kRights[] = {Right::kGold, Right::kAnswer, Right::kStrict};
std::string RightName(Right right);  // "gold passage"
std::string RightKey(Right right);   // "gold", for JSON

// One variant's row. Accuracies are fractions, by column.
struct RowFindings {
  std::string variant;
  std::vector<double> means;
  std::vector<Interval> intervals;
  // At Definition::compare_at:
  std::vector<double> by_seed;
  std::string letters;  // variants that share one are not told apart
  MeanDifference to_baseline;
  double adjusted_p = 1;  // of that difference, among all pairs of the table
};

// One set's test questions and one way of being right.
struct TableFindings {
  std::string set;
  Right right = Right::kGold;
  int64_t questions = 0;
  std::vector<RowFindings> rows;  // in the order of the definition; variants that were not run lack
};

struct ExperimentFindings {
  std::vector<TableFindings> tables;  // those that have questions
};

// All results must be there.
ExperimentFindings FindingsOf(const ExperimentSteps& experiment, const StepStore& store, Size size);

}  // namespace dpr
