// GraphIndex: a walk for each question, whose best rows a shortlist decides about.
#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/candidates.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_walk.h"

namespace dpr {
namespace {

std::vector<ScoredRow> AskOne(const CandidateSpace& shared, const GraphView& graph, int64_t k,
                              int64_t effort, const float* question, GraphWalk& walk,
                              SearchCosts& costs) {
  const NodeNearness nearness(graph.codes, shared.similarity, question);
  const auto found = walk.Walk(graph, nearness, effort, k, shared.space.deleted);
  Candidates candidates(shared, question, nearness.words(), k);
  for (const FoundNode& node : found) {
    if (node.live) candidates.Add(node.node, graph.codes.rows_from(node.node, 1));
  }
  std::vector<ScoredRow> best = candidates.Finish();
  costs.coded += walk.met();
  costs.scored += candidates.scored();
  return best;
}

}  // namespace

RankedRows GraphIndex::Search(const SearchSpace& space, ConstFloatView questions, int64_t k,
                              int64_t effort, SearchCosts* costs) const {
  DPR_CHECK(space.first_row == 0 && graph_.rows() <= space.rows() && k >= 1);
  k = std::min(k, space.rows());
  const CandidateSpace shared(space, similarity_, questions.columns);
  RankedRows results(static_cast<size_t>(questions.rows));
  std::vector<GraphWalk> walks(static_cast<size_t>(ThreadCount()));
  std::vector<SearchCosts> own_costs(walks.size());
  ParallelTasks(questions.rows, [&](int64_t i, int thread) {
    const auto own = static_cast<size_t>(thread);
    results[static_cast<size_t>(i)] =
        AskOne(shared, graph_, k, effort, questions.row(i), walks[own], own_costs[own]);
  });
  SearchCosts sum;
  for (const SearchCosts& own : own_costs) sum += own;
  if (graph_.rows() < space.rows()) {
    const SearchSpace rest = space.From(graph_.rows());
    JoinResults(ExactSearch(rest, similarity_, questions, k, &sum), k, results);
  }
  if (costs != nullptr) *costs += sum;
  return results;
}

}  // namespace dpr
