#include "dpr/collection/snapshot.h"

#include <algorithm>
#include <mutex>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/filter_sql.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/segment_file.h"

namespace dpr {
namespace {

// A writer may replace the manifest, and remove what it named, while we open it; then it is read
// again. More often than this no writer gets ahead of us.
constexpr int kAttempts = 100;

void CheckSize(const Path& folder, const SegmentFile& file) {
  const Path path = folder / file.name;
  const auto bytes = static_cast<int64_t>(FileSize(path));
  if (bytes == file.bytes) return;
  throw Error(ErrorCode::kCorrupt,
              "the file is damaged: it has " + std::to_string(bytes) + " bytes, not " +
                  std::to_string(file.bytes),
              path.string(), kRestoreHint);
}

[[noreturn]] void FailRows(const Path& path, int64_t found, int64_t expected) {
  throw Error(ErrorCode::kCorrupt,
              "the file is damaged: it holds " + std::to_string(found) + " rows, not " +
                  std::to_string(expected),
              path.string(), kRestoreHint);
}

[[noreturn]] void FailMissing(const Path& path) {
  throw Error(ErrorCode::kCorrupt, "the segment lacks this file, which the manifest says it has",
              path.string(), kRestoreHint);
}

void OpenVectors(const Path& folder, int64_t dimensions, OpenSegment& segment) {
  segment.vectors.emplace(folder / kVectorsFile);
  if (segment.vectors->rows() != segment.rows) {
    FailRows(folder / kVectorsFile, segment.vectors->rows(), segment.rows);
  }
  if (segment.vectors->dimensions() != dimensions) {
    throw Error(ErrorCode::kCorrupt, "the vectors have other dimensions than the manifest says",
                (folder / kVectorsFile).string(), "Restore the file from a copy");
  }
}

void OpenCodes(const Path& folder, OpenSegment& segment) {
  segment.codes.emplace(folder / kCodesFile);
  if (segment.codes->rows() == segment.rows &&
      segment.codes->vectors() == segment.vectors->checksum()) {
    return;
  }
  throw Error(ErrorCode::kCorrupt, "the codes are not those of the vectors beside them",
              (folder / kCodesFile).string(), kRestoreHint);
}

OpenSegment OpenOne(const Path& folder, const SegmentRecord& record, const Manifest& manifest,
                    int64_t first_row) {
  const SegmentContent content = ReadSegment(folder);
  if (content.rows != record.rows) FailRows(folder / kSegmentFile, content.rows, record.rows);
  for (const SegmentFile& file : content.files) CheckSize(folder, file);
  OpenSegment segment;
  segment.first_row = first_row;
  segment.rows = record.rows;
  segment.passages = std::make_unique<const PassageStore>(folder / kPassagesFile, record.rows);
  if (manifest.encoder) OpenVectors(folder, manifest.encoder->dimensions, segment);
  if (segment.vectors && content.Find(kCodesFile) != nullptr) OpenCodes(folder, segment);
  if (manifest.lexical) {
    if (content.Find(kLexicalFile) == nullptr) FailMissing(folder / kLexicalFile);
    segment.lexical = File::OpenForReading(folder / kLexicalFile);
  }
  return segment;
}

}  // namespace

const OpenSegment& Collection::State::SegmentOf(int64_t row) const {
  DPR_CHECK(row >= 0 && row < manifest.rows());
  const auto behind =
      std::upper_bound(segments.begin(), segments.end(), row,
                       [](int64_t r, const OpenSegment& segment) { return r < segment.first_row; });
  return *std::prev(behind);
}

// Segments side by side; each has one connection.
RowFilter Collection::State::Filter(const FilterExpression& expression) const {
  const FilterSql sql = CompileFilter(expression);
  RowFilter filter = RowFilter::None(manifest.rows());
  std::mutex mutex;
  ParallelFor(static_cast<int64_t>(segments.size()), 1, [&](int64_t i) {
    const OpenSegment& segment = segments[static_cast<size_t>(i)];
    const std::vector<int64_t> matching = segment.passages->Matching(sql);
    const std::lock_guard lock(mutex);
    for (const int64_t local : matching) {
      const int64_t row = segment.first_row + local;
      if (is_live(row)) filter.Include(row);
    }
  });
  return filter;
}

void Collection::State::OpenDeleted() {
  if (!manifest.deleted) return;
  const Path path = CollectionLayout(folder).deleted();
  deleted_file.emplace(path);
  const auto words = deleted_file->Words(manifest.deleted->generation);
  if (!words) {
    throw Error(ErrorCode::kCorrupt, "the file is not the one that the manifest names",
                path.string(), "Restore both from the same copy");
  }
  deleted = *words;
}

void Collection::State::OpenSegments() {
  const CollectionLayout layout(folder);
  int64_t first_row = 0;
  for (const SegmentRecord& record : manifest.segments) {
    segments.push_back(OpenOne(layout.segment(record.name), record, manifest, first_row));
    first_row += record.rows;
  }
}

// An index whose segments have been compacted away is none, nor one whose rows have lost their
// codes.
void Collection::State::OpenAnn() {
  if (manifest.ann.empty()) return;
  const Path place = CollectionLayout(folder).ann(manifest.ann);
  const AnnRecord record = ReadAnnRecord(place);
  if (!record.IsOf(manifest)) return;
  const auto end = segments.begin() + static_cast<std::ptrdiff_t>(record.segments.size());
  const bool coded = std::all_of(
      segments.begin(), end, [](const OpenSegment& segment) { return segment.codes.has_value(); });
  if (!coded) return;
  ann = OpenAnnFile(record.options.kind, place / record.file.name);
  recall = record.recall;
  ann_identity = std::string(AnnKindName(record.options.kind)) + " " + record.file.checksum;
  if (record.Fits(ann->index(), manifest)) return;
  throw Error(ErrorCode::kCorrupt, "the index is not that of the vectors",
              (place / record.file.name).string(), "Make it anew: dpr optimize");
}

std::unique_ptr<const Collection::State> Collection::State::Open(const Path& folder) {
  for (int attempt = 1;; ++attempt) {
    auto state = std::make_unique<State>();
    state->folder = folder;
    state->manifest = ReadManifest(folder, ManifestParts::kWithoutSources);
    try {
      state->OpenDeleted();
      state->OpenSegments();
      state->OpenAnn();
      return state;
    } catch (const Error&) {
      const Manifest now = ReadManifest(folder, ManifestParts::kWithoutSources);
      if (now.generation == state->manifest.generation || attempt == kAttempts) throw;
    }
  }
}

}  // namespace dpr
