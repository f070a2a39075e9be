#include "dpr/vectors/graph_walk.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// How many rows ahead codes are fetched: as many cache lines as a core waits for at once.
constexpr size_t kAhead = 4;

bool Nearer(float nearness, Node node, const FoundNode& than) {
  return nearness > than.nearness || (nearness == than.nearness && node < than.node);
}

}  // namespace

float NodeNearness::Of(Node node) const {
  const CodeRow& row = codes_.rows[node];
  const float product = words_.Product(codes_.codes.row(node), row);
  switch (similarity_) {
    case Similarity::kDot:
      return product;
    case Similarity::kL2:
      return product - row.squared_norm / 2;
    case Similarity::kCosine:
      break;
  }
  return row.squared_norm > 0 ? product / std::sqrt(row.squared_norm) : 0;
}

// An edge to no row, in a damaged file, is not followed.
bool GraphWalk::Meet(Node node) {
  if (node >= rows_) return false;
  uint64_t& word = met_[node / 64];
  const uint64_t bit = uint64_t{1} << node % 64;
  if ((word & bit) != 0) return false;
  word |= bit;
  all_met_.push_back(node);
  return true;
}

void GraphWalk::Forget() {
  for (const Node node : all_met_) met_[node / 64] = 0;
  all_met_.clear();
  found_.clear();
  next_ = 0;
  live_ = 0;
}

// NaN, of rows that are not finite, is nearer to nothing.
void GraphWalk::Insert(float nearness, Node node, bool live, int64_t keep) {
  if (std::isnan(nearness)) return;
  if (live_ >= keep && !Nearer(nearness, node, found_.back())) return;
  const auto at = std::partition_point(found_.begin(), found_.end(), [=](const FoundNode& other) {
    return !Nearer(nearness, node, other);
  });
  next_ = std::min(next_, static_cast<size_t>(at - found_.begin()));
  found_.insert(at, {nearness, node, live, false});
  live_ += live ? 1 : 0;
  while (live_ > keep) {
    live_ -= found_.back().live ? 1 : 0;
    found_.pop_back();
  }
}

bool GraphWalk::NextToExpand(int64_t effort) {
  while (next_ < found_.size() && found_[next_].expanded) ++next_;
  if (next_ >= found_.size()) return false;
  if (static_cast<int64_t>(next_) < effort) return true;
  const auto end = found_.begin() + static_cast<std::ptrdiff_t>(next_);
  return std::count_if(found_.begin(), end, [](const FoundNode& node) { return node.live; }) <
         effort;
}

std::span<const FoundNode> GraphWalk::Walk(const GraphView& graph, const NodeNearness& nearness,
                                           int64_t effort, int64_t keep,
                                           std::span<const uint64_t> deleted) {
  DPR_CHECK(effort >= 1 && keep >= 1);
  Forget();
  rows_ = graph.rows();
  met_.resize(static_cast<size_t>(rows_ + 63) / 64);
  keep = std::max(keep, effort);
  const auto visit = [&] {
    for (size_t i = 0; i < std::min(kAhead, fresh_.size()); ++i) nearness.Fetch(fresh_[i]);
    for (size_t i = 0; i < fresh_.size(); ++i) {
      if (i + kAhead < fresh_.size()) nearness.Fetch(fresh_[i + kAhead]);
      Insert(nearness.Of(fresh_[i]), fresh_[i], !IsDeleted(deleted, fresh_[i]), keep);
    }
    fresh_.clear();
  };
  for (const Node entry : graph.entries) {
    if (Meet(entry)) fresh_.push_back(entry);
  }
  visit();
  while (NextToExpand(effort)) {
    FoundNode& expanding = found_[next_];
    expanding.expanded = true;
    const Node* edges = graph.EdgesOf(expanding.node);
    for (int64_t i = 0; i < graph.most_edges && edges[i] != kNoNode; ++i) {
      if (Meet(edges[i])) fresh_.push_back(edges[i]);
    }
    if (next_ + 1 < found_.size()) __builtin_prefetch(graph.EdgesOf(found_[next_ + 1].node));
    visit();
  }
  return found_;
}

}  // namespace dpr
