// A graph over coded rows, for finding near neighbours without looking at most rows: every row has
// edges to some that are near it in different directions, and a search walks along them (HNSW:
// Malkov and Yashunin 2020; its lowest layer alone, pruned as in DiskANN: Jayaram Subramanya et al.
// 2019).
//
// Walks see codes only; what they end with is scored by the definition. So scores are exact, and
// what may be missing is rows: how many is measured (recall.h), never assumed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/similarity.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {

// A row of the graph. There are fewer than kNoNode rows.
using Node = uint32_t;
inline constexpr Node kNoNode = UINT32_MAX;
inline constexpr size_t kMostEntries = 48;

// Does not own its memory. Thread-safe.
struct GraphView {
  CodesView codes;
  const Node* edges = nullptr;  // [rows, most_edges], a row's end at the first kNoNode
  int64_t most_edges = 0;
  std::span<const Node> entries;  // where walks begin; at most kMostEntries

  int64_t rows() const { return codes.codes.rows; }
  const Node* EdgesOf(Node node) const { return edges + node * most_edges; }
};

// The k best rows that a walk finds for each question, best first, with exact scores; deleted rows
// are walked through. `effort`, at least 1: how many of the best rows found so far are looked
// around; the more, the higher the recall. Rows of `space` are the graph's, in order; what it has
// beyond them is searched exactly. Fewer than k only where fewer live, or a walk reaches fewer.
std::vector<std::vector<ScoredRow>> GraphSearch(const SearchSpace& space, const GraphView& graph,
                                                Similarity similarity, ConstFloatView questions,
                                                int64_t k, int64_t effort,
                                                SearchCosts* costs = nullptr);

}  // namespace dpr
