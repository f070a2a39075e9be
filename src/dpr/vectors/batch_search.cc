#include "dpr/vectors/batch_search.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "dpr/base/threads.h"
#include "dpr/tensor/gemm.h"
#include "dpr/tensor/ops.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"

namespace dpr {
namespace {

constexpr int64_t kTileRows = 256;
constexpr int64_t kTileQuestions = 128;
constexpr int64_t kGroupQuestions = 1024;  // questions for which a thread keeps a tile of rows
constexpr int64_t kStep = 64;  // keys that are compared before asking whether any passed

// Whether any of `count` keys is not below the cutoff. Branchless, for the compiler to vectorise;
// written so that NaN counts as passing.
bool AnyPasses(const float* scores, const float* scale, const float* offset, int64_t count,
               float cutoff) {
  int passes = 0;
  for (int64_t j = 0; j < count; ++j) passes |= !(scores[j] * scale[j] + offset[j] < cutoff);
  return passes != 0;
}

bool AnyPasses(const float* scores, int64_t count, float cutoff) {
  int passes = 0;
  for (int64_t j = 0; j < count; ++j) passes |= !(scores[j] < cutoff);
  return passes != 0;
}

// What one thread needs to search tile after tile.
class TileSearcher {
 public:
  TileSearcher(const SearchSpace& space, Similarity similarity, ConstFloatView questions,
               std::span<const float> squared_norms, SearchResults& results)
      : space_(space),
        similarity_(similarity),
        questions_(questions),
        squared_norms_(squared_norms),
        results_(results),
        screen_(similarity, questions.columns),
        scores_(static_cast<size_t>(kTileQuestions * kTileRows)) {
    scratch_size_ =
        static_cast<size_t>(ScoreTileScratch(kTileQuestions, kTileRows, questions.columns));
    scratch_.Reserve(scratch_size_);
    candidates_.reserve(kTileRows);
  }

  void Search(const RowTile& tile, int64_t begin, int64_t end) {
    screen_.PrepareRows(tile.rows, keys_);
    for (int64_t first = begin; first < end; first += kTileQuestions) {
      const int64_t count = std::min(kTileQuestions, end - first);
      const FloatView scores(scores_.data(), count, tile.rows.rows);
      ScoreTile(questions_.rows_from(first, count), tile.rows, scores,
                {scratch_.data(), scratch_size_});
      for (int64_t i = 0; i < count; ++i) Select(tile, first + i, scores.row(i));
    }
  }

 private:
  // One question's scores of a tile.
  void Select(const RowTile& tile, int64_t question, const float* scores) {
    const float threshold = results_.threshold(question);
    const float cutoff =
        screen_.Cutoff(squared_norms_[static_cast<size_t>(question)], keys_.longest, threshold);
    const float* scale = keys_.scale.data();
    const float* offset = keys_.offset.data();
    candidates_.clear();
    for (int64_t begin = 0; begin < tile.rows.rows; begin += kStep) {
      const int64_t count = std::min(kStep, tile.rows.rows - begin);
      const bool any =
          keys_.identity ? AnyPasses(scores + begin, count, cutoff)
                         : AnyPasses(scores + begin, scale + begin, offset + begin, count, cutoff);
      if (!any) continue;
      for (int64_t j = begin; j < begin + count; ++j) {
        if (!(scores[j] * scale[j] + offset[j] < cutoff)) Rescore(tile, question, j, threshold);
      }
    }
    results_.Push(question, candidates_);
  }

  void Rescore(const RowTile& tile, int64_t question, int64_t j, float threshold) {
    const int64_t row = tile.first_row + j;
    if (IsDeleted(space_, row)) return;
    const float score =
        Score(similarity_, questions_.row(question), tile.rows.row(j), questions_.columns);
    if (score >= threshold) candidates_.push_back({score, row});
  }

  const SearchSpace& space_;
  const Similarity similarity_;
  const ConstFloatView questions_;
  const std::span<const float> squared_norms_;
  SearchResults& results_;
  const Screen screen_;
  AlignedBuffer<float> scores_;  // [kTileQuestions, kTileRows]
  AlignedBuffer<float> scratch_;
  size_t scratch_size_ = 0;
  RowKeys keys_;
  std::vector<ScoredRow> candidates_;
};

}  // namespace

void SearchBatch(const SearchSpace& space, Similarity similarity, ConstFloatView questions,
                 SearchResults& results) {
  std::vector<float> squared_norms;
  squared_norms.reserve(static_cast<size_t>(questions.rows));
  for (int64_t i = 0; i < questions.rows; ++i) {
    squared_norms.push_back(Dot(questions.row(i), questions.row(i), questions.columns));
  }
  const std::vector<RowTile> tiles = CutIntoTiles(space, kTileRows);
  const int64_t groups = (questions.rows + kGroupQuestions - 1) / kGroupQuestions;
  const int64_t units = static_cast<int64_t>(tiles.size()) * groups;
  std::atomic<int64_t> next = 0;
  ParallelRegion([&](int, int) {
    TileSearcher searcher(space, similarity, questions, squared_norms, results);
    for (int64_t unit = next++; unit < units; unit = next++) {
      const int64_t begin = unit % groups * kGroupQuestions;
      searcher.Search(tiles[static_cast<size_t>(unit / groups)], begin,
                      std::min(questions.rows, begin + kGroupQuestions));
    }
  });
}

}  // namespace dpr
