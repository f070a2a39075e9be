#include "dpr/collection/optimize.h"

#include <algorithm>
#include <chrono>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/graph_record.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/segment_parts.h"
#include "dpr/collection/writer_session.h"
#include "dpr/report/format.h"
#include "dpr/vectors/graph_file.h"

namespace dpr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kRowsThatAsk = 1000;  // where there are no questions
constexpr int64_t kMeasuredSearches = 5;
constexpr int64_t kDepth = 100;
constexpr int64_t kFewRows = 1000;  // fewer are not worth a graph, whatever was asked for

// The median seconds of exact search for one question.
double MeasureExact(const Collection& collection) {
  const SearchSpace space = collection.search_space();
  std::vector<double> seconds;
  for (int64_t i = 0; i < kMeasuredSearches; ++i) {
    const ConstFloatView vectors = space.blocks.front().vectors;
    const int64_t row = i * (vectors.rows - 1) / kMeasuredSearches;
    const auto begin = Clock::now();
    ExactSearch(space, collection.encoder()->similarity, vectors.rows_from(row, 1), kDepth);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

int64_t GraphBytes(const Collection& collection, const GraphOptions& options) {
  const int64_t row = CodeStride(collection.encoder()->dimensions) +
                      static_cast<int64_t>(sizeof(CodeRow)) +
                      options.most_edges * static_cast<int64_t>(sizeof(Node));
  return collection.rows() * row;
}

// Builds or grows the graph of a collection and commits it.
class GraphUpdate {
 public:
  GraphUpdate(WriterSession& session, const OptimizeOptions& options)
      : session_(session), options_(options), layout_(session.layout()) {}

  // Nothing when `stop` was set.
  std::optional<RecallCurve> Run(const std::atomic<bool>& stop, Progress& progress, bool& built) {
    std::optional<GraphRecord> current = Current();
    if (current && IsComplete(*current)) return current->recall;
    CreateFolder(layout_.graph_building());
    const Collection collection = Collection::Open(layout_.folder());
    const auto begin = Clock::now();
    std::optional<GraphFile> older;
    if (current) older.emplace(layout_.graph(session_.manifest().graph) / kGraphFile);
    const Path path = layout_.graph_building() / kGraphFile;
    if (!Build(collection, older ? &*older : nullptr, path, stop, progress)) return std::nullopt;
    GraphRecord record;
    record.segments = session_.manifest().segments;
    record.options = options_.graph;
    record.recall = Measure(collection, GraphFile(path), progress);
    record.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    record.file = MeasureFile(layout_.graph_building(), kGraphFile);
    WriteGraphRecord(layout_.graph_building(), record);
    ForgetGraphBuild(path);
    Commit();
    built = true;
    return record.recall;
  }

 private:
  // The graph that there is, if it can be searched or can grow.
  std::optional<GraphRecord> Current() const {
    const std::string& name = session_.manifest().graph;
    if (name.empty()) return std::nullopt;
    GraphRecord record = ReadGraphRecord(layout_.graph(name));
    const bool same = record.options.edges == options_.graph.edges &&
                      record.options.most_edges == options_.graph.most_edges &&
                      record.options.effort == options_.graph.effort &&
                      record.options.pruning == options_.graph.pruning;
    if (!same || !record.IsOf(session_.manifest())) return std::nullopt;
    return record;
  }

  bool IsComplete(const GraphRecord& record) const {
    return record.segments.size() == session_.manifest().segments.size() &&
           record.recall.target == options_.recall && options_.questions.rows() == 0;
  }

  bool Build(const Collection& collection, const GraphFile* older, const Path& path,
             const std::atomic<bool>& stop, Progress& progress) const {
    GraphSource source;
    source.similarity = collection.encoder()->similarity;
    source.older = older;
    Hasher identity;
    for (const SegmentRecord& segment : session_.manifest().segments) {
      identity.AddField(CodeFile(layout_.segment(segment.name) / kCodesFile).checksum());
    }
    source.identity = identity.Hex();
    const SearchSpace space = collection.search_space();
    for (const VectorBlock& block : space.blocks) source.blocks.push_back(block.codes);
    return BuildGraphFile(path, source, options_.graph, stop, progress);
  }

  RecallCurve Measure(const Collection& collection, const GraphFile& file,
                      Progress& progress) const {
    const SearchSpace space = collection.search_space();
    const Similarity similarity = collection.encoder()->similarity;
    if (options_.questions.rows() > 0) {
      return MeasureRecall(space, file.view(), similarity, options_.questions.view(),
                           options_.recall, progress);
    }
    return MeasureRecallByRows(space, file.view(), similarity, kRowsThatAsk, options_.recall,
                               progress);
  }

  void Commit() {
    Manifest next = session_.manifest();
    const std::string before = next.graph;
    next.graph = SegmentName(next.generation + 1);
    RemoveAll(layout_.graph(next.graph));
    RenameDurably(layout_.graph_building(), layout_.graph(next.graph));
    KillPoint("graph.adopted");
    session_.Commit(std::move(next), session_.deleted());
    if (!before.empty()) RemoveAll(layout_.graph(before));
    KillPoint("graph.committed");
  }

  WriterSession& session_;
  const OptimizeOptions& options_;
  const CollectionLayout layout_;
};

void RemoveGraph(WriterSession& session) {
  const std::string name = session.manifest().graph;
  if (!name.empty()) {
    Manifest next = session.manifest();
    next.graph.clear();
    session.Commit(std::move(next), session.deleted());
  }
  RemoveAll(session.layout().graphs());
}

// A graph that cannot be opened keeps nobody from making a new one.
void RemoveUnreadableGraph(WriterSession& session) {
  const std::string& name = session.manifest().graph;
  if (name.empty()) return;
  const Path folder = session.layout().graph(name);
  try {
    ReadGraphRecord(folder);
    const GraphFile file(folder / kGraphFile);
  } catch (const Error&) {
    RemoveGraph(session);
  }
}

// Whether there shall be a graph, and why.
bool Decide(const Collection& collection, const OptimizeOptions& options, OptimizeReport& report) {
  if (options.ann == AnnChoice::kNone) {
    report.because = "exact search, as asked for";
    return false;
  }
  if (collection.rows() < kFewRows) {
    report.because = "exact search: there are only " + FormatCount(collection.rows()) + " rows";
    return false;
  }
  report.exact_seconds = MeasureExact(collection);
  const std::string exact = FormatDuration(report.exact_seconds);
  const int64_t bytes = GraphBytes(collection, options.graph);
  const std::string size = FormatBytes(static_cast<uint64_t>(bytes));
  const std::string memory = FormatBytes(static_cast<uint64_t>(options.memory));
  if (options.ann == AnnChoice::kGraph) {
    report.because =
        "a graph of " + size + ", as asked for; exact search takes " + exact + " for a question";
    return true;
  }
  if (report.exact_seconds <= kSlowSeconds) {
    report.because = "exact search: it takes " + exact + " for a question";
    return false;
  }
  if (bytes > options.memory) {
    report.because = "exact search, which takes " + exact + " for a question: a graph of " + size +
                     " is more than the " + memory + " that are allowed";
    return false;
  }
  report.because = "a graph of " + size + ": exact search takes " + exact + " for a question";
  return true;
}

}  // namespace

OptimizeReport OptimizeCollection(const Path& folder, const OptimizeOptions& options,
                                  const std::atomic<bool>& stop, Progress& progress) {
  WriterSession session(folder, MissingCollection::kFail);
  if (!session.manifest().encoder) {
    throw Error(ErrorCode::kInvalid, "the collection has no vectors, and BM25 is fast as it is",
                folder.string(),
                "Add vectors with `dpr index -o " + folder.string() + " --model DIR`");
  }
  OptimizeReport report;
  RemoveUnreadableGraph(session);
  report.coded_segments = AddCodes(session, progress);
  const bool wanted = Decide(Collection::Open(folder), options, report);
  if (!wanted) {
    RemoveGraph(session);
    return report;
  }
  report.recall = GraphUpdate(session, options).Run(stop, progress, report.built);
  report.graph = report.recall.has_value();
  report.stopped = !report.graph;
  return report;
}

}  // namespace dpr
