// Two ranked lists into one. Pure functions: lists in, lists out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/rows.h"

namespace dpr {

// A ranked passage: a row of the collection and its score. Where two ways of searching were fused,
// what each of them scored it.
struct Hit {
  int64_t row = 0;
  float score = 0;
  std::optional<float> dense_score, bm25_score;
};

enum class Fusion {
  // score = sum over the lists that hold it of 1 / (60 + rank), ranks from 1 (Cormack, Clarke and
  // Buettcher 2009).
  kReciprocalRank,
  // score = w dense + (1 - w) BM25, each list's scores stretched to 0..1 (its last to its first); a
  // passage that a list does not hold has 0 there.
  kWeighted,
  // score = BM25 + w dense over the union of both lists, each passage with both scores exact
  // (Karpukhin et al. 2020, section 5.1, w = 1.1).
  kPaper,
};

Fusion ParseFusion(std::string_view name);  // "rrf", "weighted", "paper"; kUsage otherwise
std::string FusionName(Fusion fusion);

// How deep each list is for a fusion, and the weight where none is given.
int64_t FusionDepth(Fusion fusion);         // 1,000; 2,000 for the paper's
double DefaultFusionWeight(Fusion fusion);  // 0.5; 1.1 for the paper's

// What one question found, best first.
struct RankedParts {
  std::vector<ScoredRow> dense, bm25;
  // With the paper's fusion: the rows of either list, ascending, with both scores; all of them, or
  // those that can be among the best (KeepContenders).
  std::vector<Hit> both;
};

// The k best of `parts`, best first, ties by row. `weight` is not used by kReciprocalRank. Of a
// passage that one list did not hold, that list's score is missing.
std::vector<Hit> Fuse(const RankedParts& parts, Fusion fusion, double weight, int64_t k);

// The rows of either list, ascending, each once, with the scores that the lists say.
std::vector<Hit> Join(const RankedParts& parts);

// What a passage scores at most in a list that lacks it: as much as the last of the list, or of a
// BM25 list that ends before `depth`, 0.
struct MissingScores {
  MissingScores(const RankedParts& parts, int64_t depth);
  double dense = 0, bm25 = 0;
};

// Drops those of `hits`, ascending by row, that are not among the k best of the paper's sum
// whatever the scores that they lack. The k best are the same as without it.
void KeepContenders(std::vector<Hit>& hits, const MissingScores& at_most, double weight, int64_t k);

}  // namespace dpr
