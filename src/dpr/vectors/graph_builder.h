// Building a graph over coded rows (graph.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_walk.h"

namespace dpr {

struct GraphOptions {
  // A row begins with at most `edges`; others then add theirs to it, until there are `most_edges`,
  // when the best `edges` are chosen again.
  int edges = 32, most_edges = 48;
  int effort = 128;  // of the walk that finds a new row's neighbours
  // An edge is left out when another leads to a row that is nearer to its end by this factor of
  // squared distance: more keeps longer edges.
  double pruning = 1.2;
  uint64_t seed = 1;  // of the order in which rows are added
};

// Where a build begins.
struct GraphStart {
  int64_t kept = 0;           // the first rows, whose edges are those of an older graph
  std::vector<Node> entries;  // of the older graph
  int64_t added = 0;          // how far a build that was stopped had come, the kept ones counted
};

// A graph in the making. Its edges follow from the codes, the options and the older graph alone,
// whatever the number of threads: rows are added in batches, each of which sees the graph as it was
// before. (Not if a build was stopped: edges of a batch that was not finished are lost.)
class GraphBuilder {
 public:
  // `similarity`: of the searches to come. Rows are neighbours by L2 distance, for cosine by angle.
  // `edges`: [rows, options.most_edges], the caller's, in which the graph grows; what it holds does
  // not matter but for rows that are there already.
  GraphBuilder(CodesView codes, Similarity similarity, const GraphOptions& options, Node* edges,
               const GraphStart& start = {});

  int64_t added() const { return added_; }
  int64_t rows() const { return codes_.codes.rows; }
  // The next batch, by all compute threads; false when there are no more rows to add.
  bool AddBatch();
  GraphView view() const { return {codes_, edges_, options_.most_edges, entries_}; }

 private:
  struct Edge;
  void ForgetUnfinished(int64_t kept);
  void AddEntries();
  std::vector<Node> NeighboursOf(Node node, int thread);
  void Connect(const std::vector<std::vector<Node>>& neighbours, int64_t first);
  void AddEdges(Node to, std::span<const Edge> edges);
  void SetEdges(Node node, std::span<const Node> edges);

  CodesView codes_;
  GraphOptions options_;
  Similarity geometry_;
  std::vector<Node> order_;    // of adding
  std::vector<int32_t> sums_;  // of each row's codes
  Node* const edges_;
  int64_t added_;
  std::vector<Node> entries_;
  std::vector<GraphWalk> walks_;  // one for each compute thread
};

// A whole graph in memory.
class GraphInMemory {
 public:
  GraphInMemory(CodesView codes, Similarity similarity, const GraphOptions& options,
                Progress& progress);
  GraphView view() const { return builder_.view(); }

 private:
  AlignedBuffer<Node> edges_;
  GraphBuilder builder_;
};

}  // namespace dpr
