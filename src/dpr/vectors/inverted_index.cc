#include "dpr/vectors/inverted_index.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/candidates.h"
#include "dpr/vectors/clusters.h"
#include "dpr/vectors/list_scan.h"

namespace dpr {
namespace {

// Questions that a thread asks together: each list is read once for all of them that scan it.
constexpr int64_t kGroup = 256;

// The rotation's rows, then the centres.
Matrix Stack(const InvertedView& view) {
  Matrix both(view.dimensions + view.lists(), view.dimensions);
  CopyRows(view.rotation, both.view().rows_from(0, view.dimensions));
  CopyRows(view.centres, both.view().rows_from(view.dimensions, view.lists()));
  return both;
}

// Of the centres, for L2.
std::vector<float> Biases(const InvertedView& view) {
  std::vector<float> biases(static_cast<size_t>(view.dimensions + view.lists()));
  if (view.similarity != Similarity::kL2) return biases;
  const std::vector<float> of_centres = NegativeHalfSquares(view.centres);
  std::copy(of_centres.begin(), of_centres.end(), biases.begin() + view.dimensions);
  return biases;
}

}  // namespace

InvertedIndex::InvertedIndex(const InvertedView& view)
    : view_(view), products_(Stack(view).view(), Biases(view).data(), Precision::kInt8) {}

RankedRows InvertedIndex::Search(const SearchSpace& space, ConstFloatView questions, int64_t k,
                                 int64_t effort, SearchCosts* costs) const {
  DPR_CHECK(space.first_row == 0 && view_.rows <= space.rows() && k >= 1);
  k = std::min(k, space.rows());
  const CandidateSpace shared(space, view_.similarity, view_.dimensions);
  RankedRows results(static_cast<size_t>(questions.rows));
  const int64_t threads = ThreadCount();
  const int64_t group = std::clamp<int64_t>((questions.rows + threads - 1) / threads, 1, kGroup);
  std::vector<ListScan> scans;
  for (int64_t t = 0; t < threads; ++t) scans.emplace_back(*this, shared, k, effort);
  ParallelTasks((questions.rows + group - 1) / group, [&](int64_t g, int thread) {
    const int64_t first = g * group, count = std::min(group, questions.rows - first);
    scans[static_cast<size_t>(thread)].Run(questions.rows_from(first, count),
                                           results.data() + first);
  });
  SearchCosts sum;
  for (const ListScan& scan : scans) sum += scan.costs();
  if (view_.rows < space.rows()) {
    const SearchSpace rest = space.From(view_.rows);
    JoinResults(ExactSearch(rest, view_.similarity, questions, k, &sum), k, results);
  }
  for (int64_t i = 0; i < questions.rows; ++i) {
    if (ListScan::HasNorm(questions.row(i), view_.dimensions)) continue;
    results[static_cast<size_t>(i)] =
        ExactSearch(space, view_.similarity, questions.rows_from(i, 1), k, &sum).front();
  }
  if (costs != nullptr) *costs += sum;
  return results;
}

int64_t DefaultLists(int64_t rows) {
  return std::clamp<int64_t>(std::llround(2 * std::sqrt(static_cast<double>(rows))), 1,
                             std::max<int64_t>(rows, 1));
}

}  // namespace dpr
