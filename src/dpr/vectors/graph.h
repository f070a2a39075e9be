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
#include "dpr/vectors/ann_index.h"
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

// A search walks through deleted rows too. Its effort is how many of the best rows found so far are
// looked around.
class GraphIndex : public AnnIndex {
 public:
  // What `graph` shows must stay.
  GraphIndex(const GraphView& graph, Similarity similarity)
      : graph_(graph), similarity_(similarity) {}

  const GraphView& view() const { return graph_; }
  int64_t rows() const override { return graph_.rows(); }
  int64_t dimensions() const override { return graph_.codes.codes.columns; }
  Similarity similarity() const override { return similarity_; }
  int64_t most_effort() const override { return 4096; }
  RankedRows Search(const SearchSpace& space, ConstFloatView questions, int64_t k, int64_t effort,
                    SearchCosts* costs = nullptr) const override;

 private:
  const GraphView graph_;
  const Similarity similarity_;
};

}  // namespace dpr
