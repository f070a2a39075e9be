// GraphBuilder: rows join the graph in batches. Of a batch, every row walks the graph as it was
// before and chooses its edges; then each row that was chosen gets edges back.
#include "dpr/vectors/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/code_kernels.h"

namespace dpr {
namespace {

constexpr uint64_t kOrderStream = 0x67726170682e6f72;  // apart from other uses of a seed
// A batch is this share of what has been added, and not more than this, so that few rows have their
// neighbours in the same batch.
constexpr int64_t kBatchShare = 10, kMostBatch = 4096;

struct Neighbour {
  Node node;
  double distance;  // to the row whose neighbour it is

  bool operator<(const Neighbour& other) const {
    return distance < other.distance || (distance == other.distance && node < other.node);
  }
};

// The squared distances of rows, by what their codes stand for; for cosine those of the rows
// divided by their norms.
class RowDistance {
 public:
  RowDistance(const CodesView& codes, const std::vector<int32_t>& sums, Similarity geometry)
      : codes_(codes), sums_(sums), by_angle_(geometry == Similarity::kCosine) {}

  double Between(Node a, Node b) const {
    const CodeRow &x = codes_.rows[a], &y = codes_.rows[b];
    const int32_t codes =
        CodeDotCode(codes_.codes.row(a), codes_.codes.row(b), codes_.codes.stride);
    const auto size = static_cast<double>(codes_.codes.columns);
    const double product = size * x.offset * y.offset + double{x.offset} * y.scale * sums_[b] +
                           double{y.offset} * x.scale * sums_[a] +
                           double{x.scale} * y.scale * codes;
    if (!by_angle_) return double{x.squared_norm} + y.squared_norm - 2 * product;
    const double norms = std::sqrt(double{x.squared_norm} * y.squared_norm);
    return norms > 0 ? 1 - product / norms : 1;
  }

 private:
  const CodesView& codes_;
  const std::vector<int32_t>& sums_;
  const bool by_angle_;
};

// Of candidates, nearest first, those that none chosen before them is nearer to, by the factor
// `pruning`.
std::vector<Node> Choose(std::span<const Neighbour> candidates, const RowDistance& distance,
                         size_t most, double pruning) {
  std::vector<Node> chosen;
  for (const Neighbour& candidate : candidates) {
    if (chosen.size() == most) break;
    const bool covered = std::any_of(chosen.begin(), chosen.end(), [&](Node before) {
      return pruning * distance.Between(before, candidate.node) <= candidate.distance;
    });
    if (!covered) chosen.push_back(candidate.node);
  }
  return chosen;
}

std::vector<int32_t> SumsOf(const CodesView& codes) {
  std::vector<int32_t> sums(static_cast<size_t>(codes.codes.rows));
  ParallelFor(codes.codes.rows, 1024, [&](int64_t i) {
    const uint8_t* row = codes.codes.row(i);
    sums[static_cast<size_t>(i)] = std::accumulate(row, row + codes.codes.columns, 0);
  });
  return sums;
}

}  // namespace

// From a row that was just added to one that it chose.
struct GraphBuilder::Edge {
  Node to, from;
};

GraphBuilder::GraphBuilder(CodesView codes, Similarity similarity, const GraphOptions& options,
                           Node* edges, const GraphStart& start)
    : codes_(codes),
      options_(options),
      geometry_(similarity == Similarity::kCosine ? Similarity::kCosine : Similarity::kL2),
      order_(static_cast<size_t>(codes.codes.rows)),
      sums_(SumsOf(codes)),
      edges_(edges),
      added_(std::max(start.kept, start.added)),
      entries_(start.entries),
      walks_(static_cast<size_t>(ThreadCount())) {
  DPR_CHECK(options.edges >= 1 && options.most_edges > options.edges && options.effort >= 1);
  DPR_CHECK(codes.codes.rows < int64_t{kNoNode} && added_ <= rows());
  std::iota(order_.begin(), order_.end(), Node{0});
  CounterRandom(options.seed, kOrderStream)
      .Shuffle(std::span(order_).subspan(static_cast<size_t>(start.kept)));
  AddEntries();
  ForgetUnfinished(start.kept);
}

// Clears the edges of rows that have not been added, and those that lead to them.
void GraphBuilder::ForgetUnfinished(int64_t kept) {
  const auto added = static_cast<size_t>(added_);
  for (size_t i = added; i < order_.size(); ++i) SetEdges(order_[i], {});
  if (added_ == kept) return;
  std::vector<bool> there(order_.size());
  for (size_t i = 0; i < added; ++i) there[order_[i]] = true;
  for (size_t i = 0; i < added; ++i) {
    Node* const own = edges_ + order_[i] * options_.most_edges;
    Node* const end = std::remove_if(own, own + options_.most_edges,
                                     [&](Node to) { return to == kNoNode || !there[to]; });
    std::fill(end, own + options_.most_edges, kNoNode);
  }
}

void GraphBuilder::AddEntries() {
  const auto added = static_cast<size_t>(added_);
  while (entries_.size() < std::min(kMostEntries, added))
    entries_.push_back(order_[entries_.size()]);
}

std::vector<Node> GraphBuilder::NeighboursOf(Node node, int thread) {
  const CodeRow& row = codes_.rows[node];
  std::vector<float> vector(static_cast<size_t>(codes_.codes.columns));
  for (size_t i = 0; i < vector.size(); ++i) {
    vector[i] = row.offset + row.scale * static_cast<float>(codes_.codes.row(node)[i]);
  }
  const NodeNearness nearness(codes_, geometry_, vector.data());
  const auto found =
      walks_[static_cast<size_t>(thread)].Walk(view(), nearness, options_.effort, options_.effort);
  const RowDistance distance(codes_, sums_, geometry_);
  std::vector<Neighbour> candidates;
  for (const FoundNode& other : found) {
    candidates.push_back({other.node, distance.Between(node, other.node)});
  }
  std::sort(candidates.begin(), candidates.end());
  return Choose(candidates, distance, static_cast<size_t>(options_.edges), options_.pruning);
}

void GraphBuilder::SetEdges(Node node, std::span<const Node> edges) {
  Node* const own = edges_ + node * options_.most_edges;
  std::fill(std::copy(edges.begin(), edges.end(), own), own + options_.most_edges, kNoNode);
}

void GraphBuilder::AddEdges(Node to, std::span<const Edge> edges) {
  const auto most = static_cast<size_t>(options_.most_edges);
  Node* const own = edges_ + to * options_.most_edges;
  const size_t there = static_cast<size_t>(std::find(own, own + most, kNoNode) - own);
  std::vector<Node> all(own, own + there);
  for (const Edge& edge : edges) all.push_back(edge.from);
  if (all.size() > most) {
    const RowDistance distance(codes_, sums_, geometry_);
    std::vector<Neighbour> candidates;
    for (const Node node : all) candidates.push_back({node, distance.Between(to, node)});
    std::sort(candidates.begin(), candidates.end());
    all = Choose(candidates, distance, static_cast<size_t>(options_.edges), options_.pruning);
  }
  SetEdges(to, all);
}

void GraphBuilder::Connect(const std::vector<std::vector<Node>>& neighbours, int64_t first) {
  std::vector<Edge> back;
  for (size_t i = 0; i < neighbours.size(); ++i) {
    const Node node = order_[static_cast<size_t>(first) + i];
    SetEdges(node, neighbours[i]);
    for (const Node to : neighbours[i]) back.push_back({to, node});
  }
  std::sort(back.begin(), back.end(), [](const Edge& a, const Edge& b) {
    return a.to < b.to || (a.to == b.to && a.from < b.from);
  });
  std::vector<size_t> begins;
  for (size_t i = 0; i < back.size(); ++i) {
    if (i == 0 || back[i].to != back[i - 1].to) begins.push_back(i);
  }
  begins.push_back(back.size());
  ParallelFor(static_cast<int64_t>(begins.size()) - 1, 16, [&](int64_t i) {
    const size_t begin = begins[static_cast<size_t>(i)], end = begins[static_cast<size_t>(i) + 1];
    AddEdges(back[begin].to, std::span(back).subspan(begin, end - begin));
  });
}

bool GraphBuilder::AddBatch() {
  if (added_ == rows()) return false;
  const int64_t count =
      std::min(std::clamp<int64_t>(added_ / kBatchShare, 1, kMostBatch), rows() - added_);
  std::vector<std::vector<Node>> neighbours(static_cast<size_t>(count));
  ParallelTasks(count, [&](int64_t i, int thread) {
    neighbours[static_cast<size_t>(i)] =
        NeighboursOf(order_[static_cast<size_t>(added_ + i)], thread);
  });
  Connect(neighbours, added_);
  added_ += count;
  AddEntries();
  return true;
}

GraphInMemory::GraphInMemory(CodesView codes, Similarity similarity, const GraphOptions& options,
                             Progress& progress)
    : edges_(static_cast<size_t>(codes.codes.rows * options.most_edges)),
      builder_(codes, similarity, options, edges_.data()) {
  progress.Stage("building the graph", static_cast<uint64_t>(codes.codes.rows), "vectors");
  for (int64_t before = 0; builder_.AddBatch(); before = builder_.added()) {
    progress.Advance(static_cast<uint64_t>(builder_.added() - before));
  }
}

}  // namespace dpr
