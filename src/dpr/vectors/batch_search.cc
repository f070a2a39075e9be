#include "dpr/vectors/batch_search.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "dpr/base/threads.h"
#include "dpr/tensor/linear.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"

namespace dpr {
namespace {

// A tile's scores must stay in a core's second-level cache until they are screened.
constexpr int64_t kTileRows = 126;
constexpr int64_t kGroupQuestions = 1024;
constexpr int64_t kStep = 64;  // keys that are compared before asking whether any passed

// Whether any key of a row reaches its question's cutoff. Branchless, for the compiler to
// vectorise; written so that NaN passes.
bool AnyPasses(const float* scores, RowKey key, const float* cutoffs, int64_t count) {
  int passes = 0;
  for (int64_t i = 0; i < count; ++i) passes |= !(scores[i] * key.scale + key.offset < cutoffs[i]);
  return passes != 0;
}

// What all threads share: a group of questions, packed for the GEMM.
struct Group {
  const SearchSpace& space;
  Similarity similarity;
  ConstFloatView questions;  // of the group
  int64_t first;             // the group's first question's place among all
  Screen screen;
  std::vector<ScreenedQuestion> screened;
  Linear products;  // rows [n, d] to approximate products [n, questions]
  SearchResults& results;

  Group(const SearchSpace& space_in, Similarity similarity_in, ConstFloatView all, int64_t begin,
        int64_t count, SearchResults& results_in)
      : space(space_in),
        similarity(similarity_in),
        questions(all.rows_from(begin, count)),
        first(begin),
        screen(similarity, all.columns),
        products(questions, nullptr),
        results(results_in) {
    screened.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) screened.push_back(screen.Question(questions.row(i)));
  }
};

// What one thread needs to take tile after tile.
class TileSearcher {
 public:
  explicit TileSearcher(const Group& group)
      : group_(group),
        scores_(static_cast<size_t>(kTileRows * group.questions.rows)),
        cutoffs_(static_cast<size_t>(group.questions.rows)) {}

  void Search(const RowTile& tile) {
    const int64_t count = group_.questions.rows;
    const FloatView scores(scores_.data(), tile.rows.rows, count);
    group_.products.Forward(tile.rows, scores);
    longest_ = group_.screen.Rows(tile.rows, keys_);
    for (int64_t i = 0; i < count; ++i) SetCutoff(i);
    for (int64_t j = 0; j < tile.rows.rows; ++j) {
      for (int64_t i = 0; i < count; i += kStep) {
        const int64_t width = std::min(kStep, count - i);
        if (!AnyPasses(scores.row(j) + i, keys_[j], cutoffs_.data() + i, width)) continue;
        for (int64_t a = i; a < i + width; ++a) {
          const float key = scores.row(j)[a] * keys_[j].scale + keys_[j].offset;
          if (!(key < cutoffs_.data()[a])) Rescore(tile, j, a);
        }
      }
    }
  }

 private:
  void SetCutoff(int64_t i) {
    const float threshold = group_.results.threshold(group_.first + i);
    cutoffs_.data()[i] =
        group_.screen.Cutoff(group_.screened[static_cast<size_t>(i)], longest_, threshold);
  }

  void Rescore(const RowTile& tile, int64_t j, int64_t i) {
    const int64_t row = tile.first_row + j;
    if (IsDeleted(group_.space, row)) return;
    const float score = Score(group_.similarity, group_.questions.row(i), tile.rows.row(j),
                              group_.questions.columns);
    if (!(score >= group_.results.threshold(group_.first + i))) return;
    const ScoredRow found = {score, row};
    group_.results.Push(group_.first + i, {&found, 1});
    SetCutoff(i);
  }

  const Group& group_;
  AlignedBuffer<float> scores_;   // [kTileRows, questions]
  AlignedBuffer<float> cutoffs_;  // [questions]
  RowKey keys_[kTileRows];
  double longest_ = 0;
};

}  // namespace

void SearchBatch(const SearchSpace& space, Similarity similarity, ConstFloatView questions,
                 SearchResults& results) {
  const std::vector<RowTile> tiles = CutIntoTiles(space, kTileRows);
  for (int64_t begin = 0; begin < questions.rows; begin += kGroupQuestions) {
    const int64_t count = std::min(kGroupQuestions, questions.rows - begin);
    const Group group(space, similarity, questions, begin, count, results);
    std::atomic<size_t> next = 0;
    ParallelRegion([&](int, int) {
      TileSearcher searcher(group);
      for (size_t t = next++; t < tiles.size(); t = next++) searcher.Search(tiles[t]);
    });
  }
}

}  // namespace dpr
