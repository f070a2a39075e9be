#include "dpr/vectors/graph_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/vectors/graph_file_format.h"

namespace dpr {
namespace {

constexpr const char* kMakeAnew = "Make it anew: dpr optimize";

[[noreturn]] void FailDamaged(const char* problem, const MappedFile& file) {
  throw Error(ErrorCode::kCorrupt, problem, file.path().string(), kMakeAnew);
}

}  // namespace

GraphFile::GraphFile(const Path& path) : file_(path) {
  const GraphFileHeader header = ParseGraphFile(file_.bytes(), path.string());
  if (header.checksum[0] == 0) FailDamaged("the graph was not finished", file_);
  checksum_.assign(header.checksum, sizeof(header.checksum));
  const GraphView graph = ViewGraphFile(file_.bytes(), header);
  for (const Node entry : graph.entries) {
    if (entry >= graph.rows()) FailDamaged("an entry of the graph is no row of it", file_);
  }
  index_.emplace(graph, SimilarityOf(header));
}

void GraphFile::Verify() const {
  if (AnnFileChecksum(file_) != checksum_) {
    FailDamaged("the graph's checksum does not hold: a byte of the file has changed", file_);
  }
  const GraphView& graph = view();
  const int64_t edges = graph.rows() * graph.most_edges;
  const bool sound = std::all_of(graph.edges, graph.edges + edges,
                                 [&](Node to) { return to == kNoNode || to < graph.rows(); });
  if (!sound) FailDamaged("an edge of the graph leads to no row of it", file_);
}

std::string GraphFile::Describe() const {
  const nlohmann::ordered_json json = {{"kind", AnnKindName(AnnKind::kGraph)},
                                       {"similarity", SimilarityName(index().similarity())},
                                       {"rows", index().rows()},
                                       {"dimensions", index().dimensions()},
                                       {"most_edges", view().most_edges}};
  return json.dump();
}

}  // namespace dpr
