#include "dpr/vectors/filtered_search.h"

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/search_results.h"

namespace dpr {
namespace {

// Rows apart from one another cost more than rows in a run, and a batch of questions more than its
// share of one matrix product: docs/design/filters.md has the measurement.
constexpr int64_t kFewOfAScan = 4, kFewOfABatch = 8;  // one row of so many
constexpr int64_t kBatchQuestions = 12;               // as ExactSearch
constexpr int64_t kRowsTogether = 256;
// Fewer floats than this are not worth waking other threads.
constexpr int64_t kAloneFloats = 1 << 20;

bool AreFew(const RowFilter& filter, int64_t questions) {
  const int64_t few = questions < kBatchQuestions ? kFewOfAScan : kFewOfABatch;
  return filter.count() <= filter.rows() / few;
}

}  // namespace

std::vector<std::vector<ScoredRow>> SearchRows(const SearchSpace& space,
                                               std::span<const int64_t> rows, Similarity similarity,
                                               ConstFloatView questions, int64_t k) {
  const auto count = static_cast<int64_t>(rows.size());
  SearchResults results(questions.rows, std::clamp<int64_t>(count, 1, k));
  const int64_t pieces = (count + kRowsTogether - 1) / kRowsTogether;
  const bool alone = count * questions.rows * questions.columns < kAloneFloats;
  ParallelFor(pieces, alone ? std::max<int64_t>(pieces, 1) : 1, [&](int64_t p) {
    const int64_t begin = p * kRowsTogether;
    const auto piece = rows.subspan(static_cast<size_t>(begin),
                                    static_cast<size_t>(std::min(kRowsTogether, count - begin)));
    std::vector<ScoredRow> candidates;
    for (int64_t i = 0; i < questions.rows; ++i) {
      const std::vector<float> scores = ScoreRows(space, similarity, questions.row(i), piece);
      const float threshold = results.threshold(i);
      candidates.clear();
      for (size_t j = 0; j < piece.size(); ++j) {
        if (scores[j] >= threshold) candidates.push_back({scores[j], piece[j]});
      }
      results.Push(i, candidates);
    }
  });
  return results.Sorted();
}

std::vector<std::vector<ScoredRow>> FilteredSearch(SearchSpace space, const RowFilter& filter,
                                                   Similarity similarity, ConstFloatView questions,
                                                   int64_t k) {
  DPR_CHECK(k >= 1 && filter.rows() == space.rows());
  for (const VectorBlock& block : space.blocks) {
    DPR_CHECK(block.vectors.rows == 0 || block.vectors.columns == questions.columns);
  }
  if (AreFew(filter, questions.rows)) {
    return SearchRows(space, filter.Rows(), similarity, questions, k);
  }
  space.deleted = filter.excluded();
  return ExactSearch(space, similarity, questions, k);
}

}  // namespace dpr
