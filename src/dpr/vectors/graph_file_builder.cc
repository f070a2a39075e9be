// BuildGraphFile: the codes are laid out, the edges grow in the mapped file, and what has been
// added is recorded every few seconds.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/base/writable_mapping.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/graph_file_format.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenRecords = 5;

Path BuildingOf(const Path& path) { return path.string() + ".building"; }
Path RecordOf(const Path& path) { return path.string() + ".building.json"; }

template <typename T>
std::span<const std::byte> BytesOf(const T* data, int64_t count) {
  return std::as_bytes(std::span(data, static_cast<size_t>(count)));
}

class GraphFileBuild {
 public:
  GraphFileBuild(const Path& path, const GraphSource& source, const GraphOptions& options)
      : path_(path), source_(source), options_(options), header_(HeaderOf(source, options)) {}

  bool Run(const std::atomic<bool>& stop, Progress& progress) {
    if (RecordedRows(path_) > 0) return true;
    RemoveAll(path_);
    const int64_t added = RecordedRows(BuildingOf(path_));
    if (added == 0) LayOut();
    {
      const WritableMapping mapping(BuildingOf(path_));
      GraphBuilder builder = Begin(mapping, added);
      progress.Stage("building the graph", static_cast<uint64_t>(builder.rows()), "vectors");
      progress.Advance(static_cast<uint64_t>(builder.added()));
      if (!Grow(builder, mapping, stop, progress)) return false;
      KeepEntries(builder);
      mapping.Sync();
      Record(builder.added());
    }
    Seal();
    return true;
  }

 private:
  static GraphFileHeader HeaderOf(const GraphSource& source, const GraphOptions& options) {
    int64_t rows = 0, dimensions = 0;
    for (const CodesView& block : source.blocks) {
      rows += block.codes.rows;
      dimensions = std::max(dimensions, block.codes.columns);
    }
    return NewGraphHeader(rows, dimensions, source.similarity, options.most_edges);
  }

  int64_t Kept() const { return source_.older != nullptr ? source_.older->rows() : 0; }

  // All that the result depends on.
  std::string Identity() const {
    const Json json = {{"codes", source_.identity},
                       {"older", source_.older != nullptr ? source_.older->checksum() : ""},
                       {"similarity", SimilarityName(source_.similarity)},
                       {"edges", options_.edges},
                       {"most_edges", options_.most_edges},
                       {"effort", options_.effort},
                       {"pruning", options_.pruning},
                       {"seed", options_.seed}};
    return json.dump();
  }

  // How far a build of the same graph had come into `file`; 0: it is of none.
  int64_t RecordedRows(const Path& file) const {
    std::error_code code;
    if (!std::filesystem::exists(RecordOf(path_), code)) return 0;
    const Json record = Json::parse(ReadFile(RecordOf(path_)), nullptr, false);
    const bool same = record.is_object() && record.value("identity", "") == Identity() &&
                      std::filesystem::exists(file, code) &&
                      FileSize(file) == GraphFileParts(header_).end;
    if (!same) return 0;
    return std::clamp<int64_t>(record.value("added", int64_t{0}), 0,
                               static_cast<int64_t>(header_.rows));
  }

  void Record(int64_t added) const {
    WriteFileAtomically(RecordOf(path_), Json{{"identity", Identity()}, {"added", added}}.dump());
    KillPoint("graph.recorded");
  }

  void LayOut() const {
    RemoveAll(RecordOf(path_));
    const GraphFileParts parts(header_);
    File file = File::Create(BuildingOf(path_));
    file.WriteAt(0, BytesOf(&header_, 1));
    uint64_t row = 0;
    for (const CodesView& block : source_.blocks) {
      const int64_t rows = block.codes.rows;
      if (rows == 0) continue;
      file.WriteAt(parts.rows + row * sizeof(CodeRow), BytesOf(block.rows, rows));
      file.WriteAt(parts.codes + row * static_cast<uint64_t>(block.codes.stride),
                   BytesOf(block.codes.data, rows * block.codes.stride));
      row += static_cast<uint64_t>(rows);
    }
    if (source_.older != nullptr) {
      const GraphView older = source_.older->view();
      file.WriteAt(parts.edges, BytesOf(older.edges, older.rows() * older.most_edges));
    }
    file.Truncate(parts.end);
    file.Sync();
    KillPoint("graph.laid");
  }

  GraphBuilder Begin(const WritableMapping& mapping, int64_t added) const {
    std::byte* const data = mapping.bytes().data();
    auto* const edges = reinterpret_cast<Node*>(data + GraphFileParts(header_).edges);
    GraphStart start;
    start.kept = Kept();
    start.added = added;
    if (source_.older != nullptr) {
      const GraphView older = source_.older->view();
      start.entries.assign(older.entries.begin(), older.entries.end());
    }
    return GraphBuilder(ViewGraphFile(mapping.bytes(), header_).codes, source_.similarity, options_,
                        edges, start);
  }

  bool Grow(GraphBuilder& builder, const WritableMapping& mapping, const std::atomic<bool>& stop,
            Progress& progress) const {
    auto recorded = Clock::now();
    for (int64_t before = builder.added(); builder.AddBatch(); before = builder.added()) {
      progress.Advance(static_cast<uint64_t>(builder.added() - before));
      KillPoint("graph.batch");
      const std::chrono::duration<double> passed = Clock::now() - recorded;
      if (!stop && passed.count() < kSecondsBetweenRecords) continue;
      mapping.Sync();
      Record(builder.added());
      if (stop) return false;
      recorded = Clock::now();
    }
    return true;
  }

  void KeepEntries(const GraphBuilder& builder) {
    const std::span<const Node> entries = builder.view().entries;
    header_.entries = static_cast<uint32_t>(entries.size());
    File file = File::OpenForUpdating(BuildingOf(path_));
    file.WriteAt(0, BytesOf(&header_, 1));
    file.WriteAt(GraphFileParts(header_).entries,
                 BytesOf(entries.data(), static_cast<int64_t>(entries.size())));
  }

  void Seal() {
    const std::string checksum = GraphFileChecksum(MappedFile(BuildingOf(path_)));
    std::memcpy(header_.checksum, checksum.data(), sizeof(header_.checksum));
    {
      File file = File::OpenForUpdating(BuildingOf(path_));
      file.WriteAt(0, BytesOf(&header_, 1));
      file.Sync();
    }
    KillPoint("graph.sealed");
    RenameDurably(BuildingOf(path_), path_);
    KillPoint("graph.renamed");
  }

  const Path path_;
  const GraphSource& source_;
  const GraphOptions options_;
  GraphFileHeader header_;
};

}  // namespace

bool BuildGraphFile(const Path& path, const GraphSource& source, const GraphOptions& options,
                    const std::atomic<bool>& stop, Progress& progress) {
  DPR_CHECK(source.older == nullptr || source.older->view().most_edges == options.most_edges);
  return GraphFileBuild(path, source, options).Run(stop, progress);
}

void ForgetGraphBuild(const Path& path) { RemoveAll(RecordOf(path)); }

}  // namespace dpr
