// CompactCollection: segments with deleted rows, and neighbouring small ones, become one new
// segment each, committed one by one.
#include <algorithm>
#include <optional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/segment_builder.h"
#include "dpr/collection/writer_session.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {
namespace {

constexpr int64_t kRowsAtATime = 4096;
constexpr int64_t kBytesAtATime = int64_t{16} << 20;

// Segments [begin, end) of the manifest, to be written as one.
struct Group {
  size_t begin = 0, end = 0;
  int64_t first_row = 0, rows = 0, live = 0;
};

// Neighbours are taken together while their live rows fit into one segment; a segment without
// deleted rows that is at least half full stands alone. A group of one segment without deleted rows
// is not worth writing: so compacting twice changes nothing.
std::vector<Group> PlanGroups(const Manifest& manifest, const DeletedRows& deleted,
                              int64_t segment_passages) {
  std::vector<Group> groups;
  Group group;
  const auto flush = [&] {
    if (group.end - group.begin > 1 || group.live < group.rows) groups.push_back(group);
    group = {group.end, group.end, group.first_row + group.rows, 0, 0};
  };
  for (const SegmentRecord& segment : manifest.segments) {
    const int64_t begin = group.first_row + group.rows;
    const int64_t live = segment.rows - deleted.CountWithin(begin, begin + segment.rows);
    const bool alone = live == segment.rows && live * 2 >= segment_passages;
    if (alone || group.live + live > segment_passages) flush();
    ++group.end;
    group.rows += segment.rows;
    group.live += live;
    if (alone) flush();
  }
  flush();
  return groups;
}

// Copies the live rows of one segment, whose first row in the collection is `first_row`.
class SegmentCopier {
 public:
  SegmentCopier(const Path& folder, int64_t rows, int64_t first_row, const DeletedRows& deleted)
      : folder_(folder),
        rows_(rows),
        store_(folder / kPassagesFile, rows),
        spans_(store_.Sources()),
        counts_(ReadSegment(folder).counts),
        first_row_(first_row),
        deleted_(deleted) {
    if (ReadSegment(folder).dimensions > 0) vectors_.emplace(folder / kVectorsFile);
    if (vectors_ && vectors_->rows() != rows) {
      throw Error(ErrorCode::kCorrupt, "the file has other rows than the manifest says",
                  (folder / kVectorsFile).string(), kRestoreHint);
    }
  }

  void CopyTo(SegmentBuilder& builder, Progress& progress) {
    for (int64_t row = 0; row < rows_;) {
      const int64_t most = std::min(kRowsAtATime, rows_ - row);
      std::vector<Passage> passages = store_.GetFrom(row, most, kBytesAtATime);
      if (passages.empty() || spans_.empty()) {
        throw Error(ErrorCode::kCorrupt, "row " + std::to_string(row) + " is missing",
                    (folder_ / kPassagesFile).string(), "Restore the file from a copy");
      }
      const auto rows = static_cast<int64_t>(passages.size());
      CopyBlock(row, std::move(passages), builder, progress);
      row += rows;
    }
  }

 private:
  void CopyBlock(int64_t begin, std::vector<Passage> passages, SegmentBuilder& builder,
                 Progress& progress) {
    const auto rows = static_cast<int64_t>(passages.size());
    Matrix copies(rows, vectors_ ? vectors_->dimensions() : 0);
    std::vector<Passage> live;
    std::vector<SourceSpan> spans;
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t row = begin + i;
      if (deleted_.Contains(first_row_ + row)) continue;
      if (vectors_) {
        const auto vector = vectors_->view().row_span(row);
        std::copy(vector.begin(), vector.end(), copies.row(static_cast<int64_t>(live.size())));
      }
      SourceSpan span = SpanOf(row);
      span.first_row = static_cast<int64_t>(live.size());
      if (spans.empty() || spans.back().source != span.source) spans.push_back(std::move(span));
      live.push_back(std::move(passages[static_cast<size_t>(i)]));
    }
    const auto count = static_cast<int64_t>(live.size());
    builder.AppendCopies(live, copies.view().rows_from(0, count), spans,
                         begin == 0 ? counts_ : SegmentCounts{});
    if (vectors_) {
      const auto row_bytes = static_cast<size_t>(vectors_->dimensions()) * sizeof(float);
      vectors_->mapping().Release(static_cast<size_t>(begin) * row_bytes,
                                  static_cast<size_t>(rows) * row_bytes);
    }
    progress.Advance(static_cast<uint64_t>(count));
  }

  // Rows are asked for in ascending order.
  const SourceSpan& SpanOf(int64_t row) {
    while (span_ + 1 < spans_.size() && spans_[span_ + 1].first_row <= row) ++span_;
    return spans_[span_];
  }

  Path folder_;
  int64_t rows_;
  std::optional<VectorFile> vectors_;
  PassageStore store_;
  std::vector<SourceSpan> spans_;
  SegmentCounts counts_;
  size_t span_ = 0;
  int64_t first_row_;
  const DeletedRows& deleted_;
};

// The new segment that holds the live rows of the group; nothing when there are none.
std::optional<SegmentRecord> WriteGroup(const WriterSession& session, const Group& group,
                                        Manifest& next, Progress& progress) {
  if (group.live == 0) return std::nullopt;
  const CollectionLayout& layout = session.layout();
  SegmentBuilder builder =
      SegmentBuilder::Begin(layout.compacting(), PartsOf(layout.folder(), session.manifest()));
  int64_t first_row = group.first_row;
  for (size_t i = group.begin; i < group.end; ++i) {
    const SegmentRecord& segment = session.manifest().segments[i];
    SegmentCopier(layout.segment(segment.name), segment.rows, first_row, session.deleted())
        .CopyTo(builder, progress);
    first_row += segment.rows;
  }
  NoProgress silent;  // the bar is about all groups
  const SegmentContent content = SegmentBuilder::Close(std::move(builder), silent);
  if (content.rows != group.live) {
    throw Error(ErrorCode::kCorrupt, "the segments hold other rows than the manifest says",
                layout.folder().string(), "`dpr inspect --verify` names the damaged file");
  }
  return session.Adopt(layout.compacting(), content.rows, next);
}

void CompactGroup(WriterSession& session, const Group& group, Progress& progress) {
  Manifest next = session.manifest();
  const auto written = WriteGroup(session, group, next, progress);
  const auto begin = next.segments.begin() + static_cast<std::ptrdiff_t>(group.begin);
  const auto end = next.segments.begin() + static_cast<std::ptrdiff_t>(group.end);
  const std::vector<SegmentRecord> old(begin, end);
  const auto at = next.segments.erase(begin, end);
  const std::string ann = std::exchange(next.ann, {});  // its rows are others now
  if (written) next.segments.insert(at, *written);
  session.Commit(std::move(next), session.deleted().Replace(
                                      group.first_row, group.first_row + group.rows, group.live));
  KillPoint("compact.committed");
  // Readers that have these open keep them.
  if (!ann.empty()) RemoveAll(session.layout().ann(ann));
  for (const SegmentRecord& segment : old) {
    RemoveAll(session.layout().segment(segment.name));
    KillPoint("compact.removed");
  }
}

}  // namespace

void CompactCollection(const Path& folder, Progress& progress, int64_t segment_passages) {
  WriterSession session(folder, MissingCollection::kFail);
  std::vector<Group> groups = PlanGroups(session.manifest(), session.deleted(), segment_passages);
  uint64_t total = 0;
  for (const Group& group : groups) total += static_cast<uint64_t>(group.live);
  if (!groups.empty()) progress.Stage("compacting", total, "passages");
  while (!groups.empty()) {
    CompactGroup(session, groups.front(), progress);
    groups = PlanGroups(session.manifest(), session.deleted(), segment_passages);
  }
}

}  // namespace dpr
