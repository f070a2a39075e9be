#include "dpr/collection/optimize.h"

#include <algorithm>
#include <chrono>

#include "dpr/base/error.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/ann_update.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/segment_parts.h"
#include "dpr/collection/writer_session.h"
#include "dpr/report/format.h"

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
    report.because = exact + ", so nothing need be missed";
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
