#include "dpr/collection/optimize.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/segment_parts.h"
#include "dpr/collection/writer_session.h"
#include "dpr/report/format.h"
#include "dpr/vectors/ann_build.h"

namespace dpr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMeasuredSearches = 5;
constexpr int64_t kDepth = 100;
constexpr int64_t kFewRows = 1000;  // fewer are not worth an index, whatever was asked for

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

// Builds or grows the index of a collection and commits it.
class AnnUpdate {
 public:
  AnnUpdate(WriterSession& session, const OptimizeOptions& options, AnnKind kind)
      : session_(session),
        options_(options),
        ann_{kind, options.graph, options.inverted},
        layout_(session.layout()) {}

  // Nothing when `stop` was set.
  std::optional<RecallCurve> Run(const std::atomic<bool>& stop, Progress& progress, bool& built) {
    const std::optional<AnnRecord> current = Current();
    // What a kill just behind the commit left.
    if (current) AnnBuild::Forget(layout_.ann(session_.manifest().ann) / current->file.name);
    if (current && IsComplete(*current)) return current->recall;
    CreateFolder(layout_.ann_building());
    RemoveOtherKinds();
    const Collection collection = Collection::Open(layout_.folder());
    const auto begin = Clock::now();
    std::unique_ptr<AnnFile> older;
    if (current) {
      older = OpenAnnFile(ann_.kind, layout_.ann(session_.manifest().ann) / current->file.name);
    }
    const Path path = layout_.ann_building() / AnnKindName(ann_.kind);
    if (!BuildAnnFile(path, Source(collection, older.get()), ann_, stop, progress)) {
      return std::nullopt;
    }
    AnnRecord record;
    record.segments = session_.manifest().segments;
    record.options = ann_;
    record.recall = Measure(collection, OpenAnnFile(ann_.kind, path)->index(), progress);
    record.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    record.file = MeasureFile(layout_.ann_building(), AnnKindName(ann_.kind));
    WriteAnnRecord(layout_.ann_building(), record);
    Commit();
    built = true;
    return record.recall;
  }

 private:
  // The index that there is, if it can be searched or can grow.
  std::optional<AnnRecord> Current() const {
    const std::string& name = session_.manifest().ann;
    if (name.empty()) return std::nullopt;
    AnnRecord record = ReadAnnRecord(layout_.ann(name));
    const bool same = record.options.kind == ann_.kind && record.options.Json() == ann_.Json();
    if (!same || !record.IsOf(session_.manifest())) return std::nullopt;
    return record;
  }

  bool IsComplete(const AnnRecord& record) const {
    return record.segments.size() == session_.manifest().segments.size() &&
           record.recall.target == options_.recall && options_.questions.rows() == 0;
  }

  AnnSource Source(const Collection& collection, const AnnFile* older) const {
    AnnSource source;
    source.similarity = collection.encoder()->similarity;
    source.older = older;
    Hasher identity;
    for (const SegmentRecord& segment : session_.manifest().segments) {
      identity.AddField(CodeFile(layout_.segment(segment.name) / kCodesFile).checksum());
    }
    source.identity = identity.Hex();
    const SearchSpace space = collection.search_space();
    for (const VectorBlock& block : space.blocks) source.blocks.push_back(block.codes);
    return source;
  }

  RecallCurve Measure(const Collection& collection, const AnnIndex& index,
                      Progress& progress) const {
    const SearchSpace space = collection.search_space();
    if (options_.questions.rows() > 0) {
      return MeasureRecall(space, index, options_.questions.view(), options_.recall, progress);
    }
    return MeasureRecallByRows(space, index, options_.asking_passages, options_.recall, progress);
  }

  // What a build of another kind has left.
  void RemoveOtherKinds() const {
    for (const auto& entry : std::filesystem::directory_iterator(layout_.ann_building())) {
      if (!entry.path().filename().string().starts_with(AnnKindName(ann_.kind))) {
        RemoveAll(entry.path());
      }
    }
  }

  void Commit() {
    Manifest next = session_.manifest();
    const std::string before = next.ann;
    next.ann = SegmentName(next.generation + 1);
    RemoveAll(layout_.ann(next.ann));
    RenameDurably(layout_.ann_building(), layout_.ann(next.ann));
    KillPoint("ann.adopted");
    session_.Commit(std::move(next), session_.deleted());
    KillPoint("ann.committed");
    AnnBuild::Forget(layout_.ann(session_.manifest().ann) / AnnKindName(ann_.kind));
    if (!before.empty()) RemoveAll(layout_.ann(before));
  }

  WriterSession& session_;
  const OptimizeOptions& options_;
  const AnnOptions ann_;
  const CollectionLayout layout_;
};

void RemoveAnn(WriterSession& session) {
  if (!session.manifest().ann.empty()) {
    Manifest next = session.manifest();
    next.ann.clear();
    session.Commit(std::move(next), session.deleted());
  }
  RemoveAll(session.layout().anns());
}

// An index that cannot be opened keeps nobody from making a new one.
void RemoveUnreadableAnn(WriterSession& session) {
  const std::string& name = session.manifest().ann;
  if (name.empty()) return;
  const Path folder = session.layout().ann(name);
  try {
    const AnnRecord record = ReadAnnRecord(folder);
    const auto file = OpenAnnFile(record.options.kind, folder / record.file.name);
    if (!record.Fits(file->index(), session.manifest())) RemoveAnn(session);
  } catch (const Error&) {
    RemoveAnn(session);
  }
}

const char* Title(AnnKind kind) { return kind == AnnKind::kGraph ? "a graph" : "an inverted file"; }

std::string WithSize(const Collection& collection, const OptimizeOptions& options, AnnKind kind) {
  const int64_t bytes =
      AnnMemory({kind, options.graph, options.inverted}, collection.rows(),
                collection.encoder()->dimensions, collection.encoder()->similarity);
  return std::string(Title(kind)) + " of " + FormatBytes(static_cast<uint64_t>(bytes));
}

// Which kinds come into question, the best first; none: exact search, and `report` says why.
std::vector<AnnKind> Decide(const Collection& collection, const OptimizeOptions& options,
                            OptimizeReport& report) {
  if (options.ann == AnnChoice::kNone) {
    report.because = "exact search, as asked for";
    return {};
  }
  if (collection.rows() < kFewRows) {
    report.because = "exact search: there are only " + FormatCount(collection.rows()) + " rows";
    return {};
  }
  report.exact_seconds = MeasureExact(collection);
  const std::string exact =
      "exact search takes " + FormatDuration(report.exact_seconds) + " for a question";
  const int64_t dimensions = collection.encoder()->dimensions;
  if (options.ann != AnnChoice::kAuto) {
    const AnnKind kind = options.ann == AnnChoice::kGraph ? AnnKind::kGraph : AnnKind::kInverted;
    if (kind == AnnKind::kInverted && dimensions > kMostBitDimensions) {
      throw Error(ErrorCode::kUnsupported,
                  "an inverted file holds vectors of at most " + FormatCount(kMostBitDimensions) +
                      " dimensions, and these have " + FormatCount(dimensions),
                  collection.folder().string(), "Use --ann graph");
    }
    report.because = WithSize(collection, options, kind) + ", as asked for; " + exact;
    return {kind};
  }
  if (report.exact_seconds <= kSlowSeconds) {
    report.because = exact + ", so it is not needed to miss anything";
    return {};
  }
  std::vector<AnnKind> fitting;
  for (const AnnKind kind : {AnnKind::kInverted, AnnKind::kGraph}) {
    const int64_t bytes =
        AnnMemory({kind, options.graph, options.inverted}, collection.rows(),
                  collection.encoder()->dimensions, collection.encoder()->similarity);
    const bool possible = kind != AnnKind::kInverted || dimensions <= kMostBitDimensions;
    if (possible && bytes <= options.memory) fitting.push_back(kind);
  }
  report.because = exact;
  if (fitting.empty()) {
    report.because += ", and " + WithSize(collection, options, AnnKind::kInverted) +
                      " is more than the " + FormatBytes(static_cast<uint64_t>(options.memory)) +
                      " that are allowed";
  }
  return fitting;
}

// What was found good enough before stays and grows.
void PreferCurrent(const WriterSession& session, std::vector<AnnKind>& kinds) {
  if (session.manifest().ann.empty()) return;
  const AnnRecord record = ReadAnnRecord(session.layout().ann(session.manifest().ann));
  const auto current = std::find(kinds.begin(), kinds.end(), record.options.kind);
  if (current != kinds.end() && record.recall.reaches())
    std::rotate(kinds.begin(), current, current + 1);
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
  RemoveUnreadableAnn(session);
  report.coded_segments = AddCodes(session, progress);
  std::vector<AnnKind> kinds = Decide(Collection::Open(folder), options, report);
  PreferCurrent(session, kinds);
  if (kinds.empty()) RemoveAnn(session);
  for (const AnnKind kind : kinds) {
    report.recall = AnnUpdate(session, options, kind).Run(stop, progress, report.built);
    report.stopped = !report.recall;
    if (report.stopped) break;
    report.ann = kind;
    if (options.ann == AnnChoice::kAuto) {
      report.because = WithSize(Collection::Open(folder), options, kind) + ": exact search takes " +
                       FormatDuration(report.exact_seconds) + " for a question";
    }
    if (report.recall->reaches()) break;
  }
  return report;
}

}  // namespace dpr
