// BuildGraphFile: the codes are laid out, the edges grow in the mapped file, and what has been
// added is recorded every few seconds.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "dpr/base/kill_point.h"
#include "dpr/base/writable_mapping.h"
#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/graph_file_format.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenRecords = 5;

template <typename T>
std::span<const std::byte> BytesOf(const T* data, int64_t count) {
  return std::as_bytes(std::span(data, static_cast<size_t>(count)));
}

class GraphFileBuild {
 public:
  GraphFileBuild(const Path& path, const AnnSource& source, const GraphOptions& options)
      : source_(source),
        options_(options),
        header_(HeaderOf(source, options)),
        build_(path, AnnIdentity(source, {AnnKind::kGraph, options, {}})) {}

  bool Run(const std::atomic<bool>& stop, Progress& progress) {
    if (build_.finished()) return true;
    const int64_t added = RecordedRows();
    if (added == 0) LayOut();
    {
      const WritableMapping mapping(build_.building());
      GraphBuilder builder = Begin(mapping, added);
      progress.Stage("building the graph", static_cast<uint64_t>(builder.rows()), "vectors");
      progress.Advance(static_cast<uint64_t>(builder.added()));
      if (!Grow(builder, mapping, stop, progress)) return false;
      KeepEntries(builder);
      mapping.Sync();
      Record(builder.added());
    }
    build_.Finish();
    return true;
  }

 private:
  static GraphFileHeader HeaderOf(const AnnSource& source, const GraphOptions& options) {
    int64_t rows = 0, dimensions = 0;
    for (const CodesView& block : source.blocks) {
      rows += block.codes.rows;
      dimensions = std::max(dimensions, block.codes.columns);
    }
    return NewGraphHeader(rows, dimensions, source.similarity, options.most_edges);
  }

  // The graph that this one grows from, or null.
  const GraphView* Older() const {
    if (source_.older == nullptr) return nullptr;
    return &dynamic_cast<const GraphFile&>(*source_.older).view();
  }
  int64_t Kept() const { return Older() != nullptr ? Older()->rows() : 0; }

  // How far a build of the same graph had come; 0: there is none.
  int64_t RecordedRows() const {
    std::error_code code;
    const Path building = build_.building();
    if (!std::filesystem::exists(building, code)) return 0;
    if (FileSize(building) != GraphFileParts(header_).end) return 0;
    return std::clamp<int64_t>(Json::parse(build_.state()).value("added", int64_t{0}), 0,
                               static_cast<int64_t>(header_.rows));
  }

  void Record(int64_t added) const { build_.Keep(Json{{"added", added}}.dump()); }

  void LayOut() const {
    build_.BeginAnew();
    const GraphFileParts parts(header_);
    File file = File::Create(build_.building());
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
    if (const GraphView* older = Older()) {
      file.WriteAt(parts.edges, BytesOf(older->edges, older->rows() * older->most_edges));
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
    if (const GraphView* older = Older()) {
      start.entries.assign(older->entries.begin(), older->entries.end());
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
    File file = File::OpenForUpdating(build_.building());
    file.WriteAt(0, BytesOf(&header_, 1));
    file.WriteAt(GraphFileParts(header_).entries,
                 BytesOf(entries.data(), static_cast<int64_t>(entries.size())));
  }

  const AnnSource& source_;
  const GraphOptions options_;
  GraphFileHeader header_;
  const AnnBuild build_;
};

}  // namespace

bool BuildGraphFile(const Path& path, const AnnSource& source, const GraphOptions& options,
                    const std::atomic<bool>& stop, Progress& progress) {
  return GraphFileBuild(path, source, options).Run(stop, progress);
}

}  // namespace dpr
