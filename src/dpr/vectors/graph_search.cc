// GraphSearch: a walk for each question, whose best rows a shortlist decides about.
#include <algorithm>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_walk.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"
#include "dpr/vectors/shortlist.h"

namespace dpr {
namespace {

// A walk ends with at least so many rows, though fewer are asked for: the order of codes is not
// that of scores, and recall is measured on lists of a hundred (recall.cc), of which shorter ones
// are then the beginning.
constexpr int64_t kLeastKept = 100;

// What all questions share.
struct Search {
  const SearchSpace& space;
  const GraphView& graph;
  Similarity similarity;
  int64_t k, effort;
  Screen screen;
  std::vector<RowTile> blocks;
};

std::vector<ScoredRow> AskOne(const Search& search, const float* question, GraphWalk& walk,
                              SearchCosts& costs) {
  const CodesView& codes = search.graph.codes;
  const NodeNearness nearness(codes, search.similarity, question);
  const auto found = walk.Walk(search.graph, nearness, search.effort,
                               std::max(search.k, kLeastKept), search.space.deleted);
  const ScreenedQuestion screened = search.screen.Question(question, nearness.words().error());
  Shortlist shortlist(search.k, [&](int64_t row) {
    return Score(search.similarity, question, FindRow(search.blocks, row), codes.codes.columns);
  });
  for (const FoundNode& node : found) {
    if (!node.live) continue;
    RowKey key;
    const TileExtent extent = search.screen.Rows(codes.rows_from(node.node, 1), &key);
    const float product =
        nearness.words().Product(codes.codes.row(node.node), codes.rows[node.node]);
    const float value = product * key.scale + key.offset;
    shortlist.Add(search.screen.Bounds(screened, extent, value), node.node);
  }
  std::vector<ScoredRow> best = shortlist.Finish();
  costs.coded += walk.met();
  costs.scored += shortlist.scored();
  return best;
}

// The k best of both lists of each question.
void Join(const std::vector<std::vector<ScoredRow>>& more, int64_t k,
          std::vector<std::vector<ScoredRow>>& results) {
  for (size_t i = 0; i < results.size(); ++i) {
    TopK best(k);
    for (const ScoredRow& hit : results[i]) best.Push(hit);
    for (const ScoredRow& hit : more[i]) best.Push(hit);
    results[i] = best.Sorted();
  }
}

}  // namespace

std::vector<std::vector<ScoredRow>> GraphSearch(const SearchSpace& space, const GraphView& graph,
                                                Similarity similarity, ConstFloatView questions,
                                                int64_t k, int64_t effort, SearchCosts* costs) {
  DPR_CHECK(space.first_row == 0 && graph.rows() <= space.rows() && k >= 1);
  const Search search{space,
                      graph,
                      similarity,
                      k,
                      effort,
                      Screen(similarity, questions.columns),
                      CutIntoTiles(space, std::numeric_limits<int64_t>::max())};
  std::vector<std::vector<ScoredRow>> results(static_cast<size_t>(questions.rows));
  std::vector<GraphWalk> walks(static_cast<size_t>(ThreadCount()));
  std::vector<SearchCosts> own_costs(walks.size());
  ParallelTasks(questions.rows, [&](int64_t i, int thread) {
    const auto own = static_cast<size_t>(thread);
    results[static_cast<size_t>(i)] = AskOne(search, questions.row(i), walks[own], own_costs[own]);
  });
  SearchCosts sum;
  for (const SearchCosts& own : own_costs) sum += own;
  if (graph.rows() < space.rows()) {
    const SearchSpace rest = space.From(graph.rows());
    Join(ExactSearch(rest, similarity, questions, k, &sum), k, results);
  }
  if (costs != nullptr) *costs += sum;
  return results;
}

}  // namespace dpr
