#include "dpr/vectors/exact_search.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/gemm.h"
#include "dpr/vectors/batch_search.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/search_results.h"

namespace dpr {
namespace {

// From this many questions on, a GEMM over all beats reading the rows once for each
// (docs/design/exact-search.md).
constexpr int64_t kBatchQuestions = 6;
// A scan hands out this many floats at a time: they stay in a core's second-level cache while every
// question reads them.
constexpr int64_t kScanFloats = 1 << 16;
constexpr int64_t kMostScanRows = 1024;

void RequireFittingSearch(const SearchSpace& space, ConstFloatView questions, int64_t k) {
  if (k < 1) {
    throw Error(ErrorCode::kUsage, "k is " + std::to_string(k), {}, "Ask for at least one row");
  }
  for (const ConstFloatView& block : space.blocks) {
    if (block.rows == 0 || questions.rows == 0 || block.columns == questions.columns) continue;
    throw Error(ErrorCode::kMismatch,
                "the questions' vectors have " + std::to_string(questions.columns) +
                    " dimensions, those searched " + std::to_string(block.columns),
                {}, "Encode the questions with the encoder that made the vectors");
  }
}

// scores[j] = Score(question, rows[j]), with its bits.
void ScoreRows(Similarity similarity, const float* question, ConstFloatView rows,
               std::span<float> scores) {
  switch (similarity) {
    case Similarity::kDot:
      DotRows(question, rows, scores);
      return;
    case Similarity::kL2:
      SquaredDistanceRows(question, rows, scores);
      for (float& score : scores) score = -score;
      return;
    case Similarity::kCosine:
      for (int64_t j = 0; j < rows.rows; ++j) {
        scores[static_cast<size_t>(j)] = Score(similarity, question, rows.row(j), rows.columns);
      }
  }
}

// Reads every row once and scores it by the definition for each of a few questions.
void Scan(const SearchSpace& space, Similarity similarity, ConstFloatView questions,
          SearchResults& results) {
  const int64_t rows_each =
      std::clamp<int64_t>(kScanFloats / std::max<int64_t>(questions.columns, 1), 1, kMostScanRows);
  const std::vector<RowTile> tiles = CutIntoTiles(space, rows_each);
  ParallelFor(static_cast<int64_t>(tiles.size()), 1, [&](int64_t t) {
    const RowTile& tile = tiles[static_cast<size_t>(t)];
    float scores[kMostScanRows];
    ScoredRow candidates[kMostScanRows];
    for (int64_t i = 0; i < questions.rows; ++i) {
      ScoreRows(similarity, questions.row(i), tile.rows,
                std::span(scores).first(static_cast<size_t>(tile.rows.rows)));
      const float threshold = results.threshold(i);
      size_t count = 0;
      for (int64_t j = 0; j < tile.rows.rows; ++j) {
        if (!(scores[j] >= threshold) || IsDeleted(space, tile.first_row + j)) continue;
        candidates[count++] = {scores[j], tile.first_row + j};
      }
      results.Push(i, std::span(candidates).first(count));
    }
  });
}

}  // namespace

int64_t SearchSpace::rows() const {
  int64_t rows = 0;
  for (const ConstFloatView& block : blocks) rows += block.rows;
  return rows;
}

std::vector<std::vector<ScoredRow>> ExactSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k) {
  RequireFittingSearch(space, questions, k);
  // With k beyond the rows no threshold would ever be known.
  SearchResults results(questions.rows, std::clamp<int64_t>(space.rows(), 1, k));
  if (questions.rows < kBatchQuestions) {
    Scan(space, similarity, questions, results);
  } else {
    SearchBatch(space, similarity, questions, results);
  }
  return results.Sorted();
}

std::vector<std::vector<ScoredRow>> NaiveSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k) {
  RequireFittingSearch(space, questions, k);
  std::vector<std::vector<ScoredRow>> results(static_cast<size_t>(questions.rows));
  for (int64_t i = 0; i < questions.rows; ++i) {
    std::vector<ScoredRow>& all = results[static_cast<size_t>(i)];
    int64_t row = 0;
    for (const ConstFloatView& block : space.blocks) {
      for (int64_t j = 0; j < block.rows; ++j, ++row) {
        if (IsDeleted(space, row)) continue;
        const float score = Score(similarity, questions.row(i), block.row(j), questions.columns);
        if (!std::isnan(score)) all.push_back({score, row});
      }
    }
    std::sort(all.begin(), all.end(), RanksBefore);
    if (static_cast<int64_t>(all.size()) > k) all.resize(static_cast<size_t>(k));
  }
  return results;
}

}  // namespace dpr
