#include "dpr/vectors/batch_search.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "dpr/base/threads.h"
#include "dpr/tensor/byte_codes.h"
#include "dpr/tensor/linear.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"
#include "dpr/vectors/screen_kernels.h"
#include "dpr/vectors/shortlist.h"

namespace dpr {
namespace {

// A tile's scores must stay in a core's second-level cache until they are screened.
constexpr int64_t kTileRows = 126;
constexpr int64_t kGroupQuestions = 1024;
// Fewer multiply-adds than this take a tenth of a millisecond: not worth waking other threads.
constexpr int64_t kAloneProducts = 1 << 24;

// What all threads share while they search for a group of questions.
struct Group {
  const SearchSpace& space;
  const std::vector<RowTile>& tiles;
  const Screen& screen;
  int64_t questions, dimensions;
  // From rows, or from their codes, to approximate products [n, questions]; there where needed.
  std::optional<Linear> products;
  std::optional<CodedQuestions> coded;
  std::vector<ScreenedQuestion> screened;
  std::vector<std::unique_ptr<Shortlist>> shortlists;
};

// What one thread needs to take tile after tile.
class TileSearcher {
 public:
  explicit TileSearcher(Group& group)
      : group_(group),
        count_(group.questions),
        scores_(static_cast<size_t>(kTileRows * count_)),
        cutoffs_(static_cast<size_t>(count_)),
        passing_(static_cast<size_t>(count_ + kPassingRoom)) {}

  void Search(const RowTile& tile) {
    const FloatView scores(scores_.data(), tile.rows.rows, count_);
    Multiply(tile, scores);
    for (int64_t i = 0; i < count_; ++i) SetCutoff(i);
    const float* cutoffs = cutoffs_.data();
    for (int64_t j = 0; j < tile.rows.rows; ++j) {
      const float* row = scores.row(j);
      if (IsDeleted(group_.space.deleted, tile.first_row + j)) continue;
      const auto found =
          static_cast<size_t>(FindPassing(row, keys_[j], cutoffs, count_, passing_.data()));
      const std::span<const uint32_t> passing(passing_.data(), found);
      for (const uint32_t i : passing) {
        // By the time that it is entered, its list is there.
        __builtin_prefetch(group_.shortlists[i].get(), 1);
      }
      for (const uint32_t i : passing) {
        Enter(i, row[i] * keys_[j].scale + keys_[j].offset, tile.first_row + j);
      }
    }
  }

 private:
  void Multiply(const RowTile& tile, FloatView scores) {
    if (tile.codes.empty()) {
      group_.products->Forward(tile.rows, scores);
      extent_ = group_.screen.Rows(tile.rows, keys_);
      return;
    }
    for (int64_t j = 0; j < tile.rows.rows; ++j) {
      scale_[j] = tile.codes.rows[j].scale;
      offset_[j] = tile.codes.rows[j].offset;
    }
    group_.coded->Multiply(tile.codes.codes, scale_, offset_, scores);
    extent_ = group_.screen.Rows(tile.codes, keys_);
  }

  void SetCutoff(int64_t i) {
    const auto at = static_cast<size_t>(i);
    cutoffs_.data()[i] =
        group_.screen.Cutoff(group_.screened[at], extent_, group_.shortlists[at]->threshold());
  }

  void Enter(int64_t i, float key, int64_t row) {
    const auto at = static_cast<size_t>(i);
    const ScoreBounds bounds = group_.screen.Bounds(group_.screened[at], extent_, key);
    if (group_.shortlists[at]->Add(bounds, row)) SetCutoff(i);
  }

  Group& group_;
  const int64_t count_;           // of questions
  AlignedBuffer<float> scores_;   // [kTileRows, count_]
  AlignedBuffer<float> cutoffs_;  // [count_]
  RowKey keys_[kTileRows];
  float scale_[kTileRows], offset_[kTileRows];  // of a tile's codes
  TileExtent extent_;
  AlignedBuffer<uint32_t> passing_;  // questions, of one row
};

Group MakeGroup(const SearchSpace& space, Similarity similarity, const std::vector<RowTile>& tiles,
                const Screen& screen, ConstFloatView questions, int64_t k) {
  Group group{space, tiles, screen, questions.rows, questions.columns, {}, {}, {}, {}};
  for (const VectorBlock& block : space.blocks) {
    if (!block.codes.empty() && !group.coded) group.coded.emplace(questions);
    const bool scanned = block.codes.empty() && block.vectors.rows > 0;
    if (scanned && !group.products) group.products.emplace(questions, nullptr);
  }
  for (int64_t i = 0; i < questions.rows; ++i) {
    const float* question = questions.row(i);
    group.screened.push_back(screen.Question(question, group.coded ? group.coded->error(i) : 0));
    group.shortlists.push_back(std::make_unique<Shortlist>(
        k,
        [=, &tiles, size = questions.columns](int64_t row) {
          return Score(similarity, question, FindRow(tiles, row), size);
        },
        [&tiles, size = questions.columns](int64_t row) { FetchRow(tiles, row, size); }));
  }
  return group;
}

bool WorksAlone(const Group& group) {
  return group.space.rows() * group.questions * group.dimensions < kAloneProducts;
}

void SearchGroup(Group& group) {
  std::atomic<size_t> next = 0;
  const auto search = [&](int, int) {
    TileSearcher searcher(group);
    for (size_t t = next++; t < group.tiles.size(); t = next++) searcher.Search(group.tiles[t]);
  };
  if (WorksAlone(group)) return search(0, 1);
  ParallelRegion(search);
}

}  // namespace

std::vector<std::vector<ScoredRow>> SearchBatch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k,
                                                SearchCosts& costs) {
  const Screen screen(similarity, questions.columns);
  const std::vector<RowTile> tiles = CutIntoTiles(space, kTileRows);
  for (const VectorBlock& block : space.blocks) {
    if (!block.codes.empty()) costs.coded += block.vectors.rows * questions.rows;
  }
  std::vector<std::vector<ScoredRow>> results(static_cast<size_t>(questions.rows));
  for (int64_t begin = 0; begin < questions.rows; begin += kGroupQuestions) {
    const int64_t count = std::min(kGroupQuestions, questions.rows - begin);
    Group group = MakeGroup(space, similarity, tiles, screen, questions.rows_from(begin, count), k);
    SearchGroup(group);
    ParallelFor(count, WorksAlone(group) ? count : 8, [&](int64_t i) {
      results[static_cast<size_t>(begin + i)] = group.shortlists[static_cast<size_t>(i)]->Finish();
    });
    for (const auto& shortlist : group.shortlists) costs.scored += shortlist->scored();
  }
  return results;
}

}  // namespace dpr
