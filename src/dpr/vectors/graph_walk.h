// One thread's walk through a graph: from the entries along edges to ever nearer rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/similarity.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/word_question.h"

namespace dpr {

// How near rows are to one question, by their codes: higher is nearer, in the order of the scores.
class NodeNearness {
 public:
  NodeNearness(const CodesView& codes, Similarity similarity, const float* question)
      : codes_(codes), similarity_(similarity), words_(question, codes.codes.columns) {}

  float Of(Node node) const;
  void Fetch(Node node) const {  // ahead of Of
    const uint8_t* row = codes_.codes.row(node);
    for (int64_t at = 0; at < codes_.codes.stride; at += kCodeLine) __builtin_prefetch(row + at);
    __builtin_prefetch(codes_.rows + node);
  }
  const WordQuestion& words() const { return words_; }

 private:
  const CodesView codes_;
  const Similarity similarity_;
  const WordQuestion words_;
};

struct FoundNode {
  float nearness;
  Node node;
  bool live;      // counts as a result
  bool expanded;  // its edges have been followed
};

// Keeps memory from walk to walk; not thread-safe.
class GraphWalk {
 public:
  // The nearest rows met, nearest first, at least `keep` live ones where so many were met. Of equal
  // nearness: the lower row first. Valid until the next walk. `deleted`: as in SearchSpace.
  std::span<const FoundNode> Walk(const GraphView& graph, const NodeNearness& nearness,
                                  int64_t effort, int64_t keep,
                                  std::span<const uint64_t> deleted = {});

  int64_t met() const { return static_cast<int64_t>(all_met_.size()); }  // rows, by the last walk

 private:
  bool Meet(Node node);  // for the first time?
  void Forget();
  void Insert(float nearness, Node node, bool live, int64_t keep);
  bool NextToExpand(int64_t effort);

  int64_t rows_ = 0;
  std::vector<uint64_t> met_;  // a bit for each row
  std::vector<Node> all_met_, fresh_;
  std::vector<FoundNode> found_;
  size_t next_ = 0;  // nothing before it is left to expand
  int64_t live_ = 0;
};

}  // namespace dpr
