#include "dpr/vectors/exact_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/ops.h"
#include "dpr/vectors/batch_search.h"
#include "dpr/vectors/code_scan.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/search_results.h"

namespace dpr {
namespace {

// From this many questions on, a GEMM over all beats reading the rows once for each
// (docs/design/exact-search.md).
constexpr int64_t kBatchQuestions = 12;
// A scan hands out this many floats at a time: they stay in a core's second-level cache while every
// question reads them.
constexpr int64_t kScanFloats = 1 << 16;
constexpr int64_t kMostScanRows = 1024;
// A scan of fewer floats than this takes a tenth of a millisecond: it stays on the calling thread,
// since waiting for others to wake, or to get a processor at all, can take far longer.
constexpr int64_t kAloneFloats = 1 << 21;

void RequireFittingSearch(const SearchSpace& space, ConstFloatView questions, int64_t k) {
  if (k < 1) {
    throw Error(ErrorCode::kUsage, "k is " + std::to_string(k), {}, "Ask for at least one row");
  }
  for (const VectorBlock& block : space.blocks) {
    const ConstFloatView& vectors = block.vectors;
    DPR_CHECK(block.codes.empty() || block.codes.codes.rows == vectors.rows);
    if (vectors.rows == 0 || questions.rows == 0 || vectors.columns == questions.columns) continue;
    throw Error(ErrorCode::kMismatch,
                "the questions' vectors have " + std::to_string(questions.columns) +
                    " dimensions, those searched " + std::to_string(vectors.columns),
                {}, "Encode the questions with the encoder that made the vectors");
  }
}

// One thread's work on a tile: the scores of its rows for one question after the other.
class TileScorer {
 public:
  TileScorer(Similarity similarity, ConstFloatView rows) : similarity_(similarity), rows_(rows) {
    if (similarity_ != Similarity::kCosine) return;
    for (int64_t j = 0; j < rows.rows; ++j) {
      squared_norms_[j] = Dot(rows.row(j), rows.row(j), rows.columns);
    }
  }

  // scores[j] = Score(question, rows[j]), with its bits.
  std::span<const float> Score(const float* question) {
    const std::span<float> scores(scores_, static_cast<size_t>(rows_.rows));
    if (similarity_ == Similarity::kL2) {
      SquaredDistanceRows(question, rows_, scores);
      for (float& score : scores) score = -score;
      return scores;
    }
    DotRows(question, rows_, scores);
    if (similarity_ == Similarity::kCosine) {
      const float squared_norm = Dot(question, question, rows_.columns);
      for (size_t j = 0; j < scores.size(); ++j) {
        scores[j] = Cosine(scores[j], squared_norm, squared_norms_[j]);
      }
    }
    return scores;
  }

 private:
  const Similarity similarity_;
  const ConstFloatView rows_;
  float scores_[kMostScanRows];
  float squared_norms_[kMostScanRows];  // for cosine only
};

// Reads every row once and scores it by the definition for each of a few questions.
std::vector<std::vector<ScoredRow>> Scan(const SearchSpace& space, Similarity similarity,
                                         ConstFloatView questions, int64_t k) {
  SearchResults results(questions.rows, k);
  const int64_t rows_each =
      std::clamp<int64_t>(kScanFloats / std::max<int64_t>(questions.columns, 1), 1, kMostScanRows);
  const std::vector<RowTile> tiles = CutIntoTiles(space, rows_each);
  const auto pieces = static_cast<int64_t>(tiles.size());
  const bool alone = space.rows() * questions.rows * questions.columns < kAloneFloats;
  ParallelFor(pieces, alone ? std::max<int64_t>(pieces, 1) : 1, [&](int64_t t) {
    const RowTile& tile = tiles[static_cast<size_t>(t)];
    TileScorer scorer(similarity, tile.rows);
    ScoredRow candidates[kMostScanRows];
    for (int64_t i = 0; i < questions.rows; ++i) {
      const std::span<const float> scores = scorer.Score(questions.row(i));
      const float threshold = results.threshold(i);
      size_t count = 0;
      for (size_t j = 0; j < scores.size(); ++j) {
        const int64_t row = tile.first_row + static_cast<int64_t>(j);
        if (!(scores[j] >= threshold) || IsDeleted(space.deleted, row)) continue;
        candidates[count++] = {scores[j], row};
      }
      results.Push(i, std::span(candidates).first(count));
    }
  });
  return results.Sorted();
}

}  // namespace

int64_t SearchSpace::rows() const {
  int64_t rows = 0;
  for (const VectorBlock& block : blocks) rows += block.vectors.rows;
  return rows;
}

SearchSpace SearchSpace::From(int64_t row) const {
  SearchSpace rest{{}, deleted, first_row};
  for (const VectorBlock& block : blocks) {
    if (rest.first_row >= row) {
      rest.blocks.push_back(block);
    } else {
      rest.first_row += block.vectors.rows;
    }
  }
  DPR_CHECK(rest.blocks.empty() || rest.first_row == row);
  return rest;
}

std::vector<std::vector<ScoredRow>> ExactSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k,
                                                SearchCosts* costs) {
  RequireFittingSearch(space, questions, k);
  k = std::clamp<int64_t>(space.rows(), 1, k);
  SearchCosts unused;
  if (costs == nullptr) costs = &unused;
  if (questions.rows >= kBatchQuestions) {
    return SearchBatch(space, similarity, questions, k, *costs);
  }
  const auto coded = [](const VectorBlock& block) {
    return !block.codes.empty() || block.vectors.rows == 0;
  };
  if (std::all_of(space.blocks.begin(), space.blocks.end(), coded)) {
    return ScanCodes(space, similarity, questions, k, *costs);
  }
  costs->scored += space.rows() * questions.rows;
  return Scan(space, similarity, questions, k);
}

std::vector<float> ScoreRows(const SearchSpace& space, Similarity similarity, const float* question,
                             std::span<const int64_t> rows) {
  const std::vector<RowTile> blocks = CutIntoTiles(space, std::numeric_limits<int64_t>::max());
  std::vector<float> scores;
  scores.reserve(rows.size());
  for (const int64_t row : rows) {
    scores.push_back(
        Score(similarity, question, FindRow(blocks, row), blocks.front().rows.columns));
  }
  return scores;
}

std::vector<std::vector<ScoredRow>> NaiveSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k) {
  RequireFittingSearch(space, questions, k);
  std::vector<std::vector<ScoredRow>> results(static_cast<size_t>(questions.rows));
  for (int64_t i = 0; i < questions.rows; ++i) {
    std::vector<ScoredRow>& all = results[static_cast<size_t>(i)];
    int64_t row = space.first_row;
    for (const VectorBlock& block : space.blocks) {
      for (int64_t j = 0; j < block.vectors.rows; ++j, ++row) {
        if (IsDeleted(space.deleted, row)) continue;
        const float score =
            Score(similarity, questions.row(i), block.vectors.row(j), questions.columns);
        if (!std::isnan(score)) all.push_back({score, row});
      }
    }
    std::sort(all.begin(), all.end(), RanksBefore);
    if (static_cast<int64_t>(all.size()) > k) all.resize(static_cast<size_t>(k));
  }
  return results;
}

}  // namespace dpr
