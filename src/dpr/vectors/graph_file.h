// A graph on disk: codes and edges in one file, mapped (graph.h). Byte layout:
// docs/formats/graph.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_builder.h"

namespace dpr {

// A finished file, mapped. Opening checks magic, version, lengths, and that entries are rows; not
// the checksum. Thread-safe.
class GraphFile {
 public:
  explicit GraphFile(const Path& path);

  GraphView view() const;
  int64_t rows() const { return view().rows(); }
  Similarity similarity() const { return similarity_; }
  const std::string& checksum() const { return checksum_; }  // as the header says
  // Reads all, in little resident memory; kCorrupt when the checksum does not hold or an edge leads
  // nowhere.
  void Verify() const;

 private:
  MappedFile file_;
  Similarity similarity_ = Similarity::kDot;
  std::string checksum_;
};

// What a graph is made of.
struct GraphSource {
  std::vector<CodesView> blocks;  // of all rows, in order; of one number of dimensions
  std::string identity;           // of the codes, as text: another one, another graph
  Similarity similarity = Similarity::kDot;
  const GraphFile* older = nullptr;  // of the first rows, with as many most_edges; or null
};

// Builds a graph at `path`, in memory that does not grow with it but for 9 bytes a row. It is there
// when it is finished; until then `path`.building is. `path`.building.json says of what it is, and
// how far: stopped, killed or finished, the same call goes on or finds it done; one for another
// source begins anew. False: `stop` was set.
bool BuildGraphFile(const Path& path, const GraphSource& source, const GraphOptions& options,
                    const std::atomic<bool>& stop, Progress& progress);
// When the graph has found its place: what was kept for the next call goes.
void ForgetGraphBuild(const Path& path);

}  // namespace dpr
