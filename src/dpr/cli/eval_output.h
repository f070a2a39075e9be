// What `dpr eval` prints: figures with 95 % bootstrap intervals, as a table or as one JSON object.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/cli/tune_hybrid.h"
#include "dpr/evaluation/bootstrap.h"
#include "dpr/evaluation/evaluate.h"
#include "dpr/evaluation/significance.h"

namespace dpr::cli {

struct EvalFigure {
  std::string name;  // "top_20", "ndcg_cut_10"
  double value = 0;
  Interval interval;
};

struct EvalReport {
  std::string counted;  // what was counted: "questions" or "queries"
  int64_t count = 0;
  std::vector<EvalFigure> figures;
  std::vector<std::string> notes;  // what the reader of the figures should know
  std::vector<Comparison> comparisons;
  std::optional<TunedHybrid> tuned;
};

// From the rank of the first passage with an answer (0: none) for each question: top 1, 5, 20, 100,
// as far as the k passages go that were looked at.
EvalReport AnswerReport(std::span<const int> first_hits, int64_t k);
EvalReport JudgedReport(const Evaluation& evaluation);

std::string EvalJson(const EvalReport& report);
std::string EvalText(const EvalReport& report);

}  // namespace dpr::cli
