// A graph on disk: codes and edges in one file, mapped (graph.h). Byte layout:
// docs/formats/ann.md.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_builder.h"

namespace dpr {

// A finished file, mapped. Opening checks magic, version, lengths, and that entries are rows; not
// the checksum. Thread-safe.
class GraphFile : public AnnFile {
 public:
  explicit GraphFile(const Path& path);

  const GraphIndex& index() const override { return *index_; }
  const GraphView& view() const { return index_->view(); }
  const std::string& checksum() const override { return checksum_; }
  // kCorrupt also when an edge leads nowhere.
  void Verify() const override;
  std::string Describe() const override;

 private:
  const MappedFile file_;
  std::optional<GraphIndex> index_;
  std::string checksum_;
};

// As BuildAnnFile, in memory that does not grow with the graph but for 9 bytes a row.
bool BuildGraphFile(const Path& path, const AnnSource& source, const GraphOptions& options,
                    const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
