#include "dpr/collection/segment_builder.h"

#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/layout.h"

namespace dpr {

SegmentBuilder::SegmentBuilder(const Path& folder, int64_t dimensions, PassageWriter passages,
                               VectorFileWriter vectors)
    : folder_(folder),
      dimensions_(dimensions),
      passages_(std::move(passages)),
      vectors_(std::move(vectors)) {}

SegmentBuilder SegmentBuilder::Begin(const Path& folder, int64_t dimensions) {
  RemoveAll(folder);
  CreateFolder(folder);
  return Resume(folder, dimensions);
}

SegmentBuilder SegmentBuilder::Resume(const Path& folder, int64_t dimensions) {
  RemoveAll(folder / kSegmentFile);
  PassageWriter passages(folder / kPassagesFile);
  KillPoint("build.opened");
  VectorFileWriter vectors =
      VectorFileWriter::Resume(folder / kVectorsFile, dimensions, passages.rows());
  return SegmentBuilder(folder, dimensions, std::move(passages), std::move(vectors));
}

void SegmentBuilder::KeepSources(size_t sources) {
  passages_.KeepSources(sources);
  KillPoint("build.cut");
  vectors_ = VectorFileWriter::Resume(folder_ / kVectorsFile, dimensions_, passages_.rows());
}

void SegmentBuilder::Append(std::span<const Passage> passages, ConstFloatView vectors,
                            std::span<const SourceStep> steps, const SegmentCounts& counts,
                            const DuplicateHandler& duplicate) {
  DPR_CHECK(vectors.rows == static_cast<int64_t>(passages.size()));
  AppendVectors(vectors);
  passages_.Begin();
  for (const SourceStep& step : steps) {
    for (auto i = static_cast<size_t>(step.begin); i < static_cast<size_t>(step.end); ++i) {
      const int64_t position = step.after.passages - (step.end - static_cast<int64_t>(i)) + 1;
      if (passages_.Insert(passages[i], step.after.number, step.after.key, position)) continue;
      const int64_t row = passages_.RowOf(passages[i].id);
      duplicate(i, row, passages_.SourceOf(row));
    }
    passages_.SetProgress(step.after);
  }
  passages_.AddCounts(counts);
  KillPoint("block.rows");
  passages_.Commit();
  KillPoint("block.committed");
}

void SegmentBuilder::AppendCopies(std::span<const Passage> passages, ConstFloatView vectors,
                                  std::span<const SourceSpan> spans, const SegmentCounts& counts) {
  AppendVectors(vectors);
  passages_.Begin();
  size_t span = 0;
  for (size_t i = 0; i < passages.size(); ++i) {
    while (span + 1 < spans.size() && spans[span + 1].first_row <= static_cast<int64_t>(i)) ++span;
    if (passages_.Insert(passages[i], spans[span].source, spans[span].key, 0)) continue;
    throw Error(ErrorCode::kCorrupt, "the id \"" + passages[i].id + "\" is there twice",
                folder_.string());
  }
  passages_.AddCounts(counts);
  passages_.Commit();
  KillPoint("copies.committed");
}

void SegmentBuilder::AppendVectors(ConstFloatView vectors) {
  if (vectors.rows == 0) return;
  vectors_.Append(vectors);
  vectors_.Sync();
  KillPoint("block.vectors");
}

SegmentContent SegmentBuilder::Close(SegmentBuilder builder) {
  const Path folder = builder.folder_;
  SegmentContent content;
  content.rows = builder.rows();
  content.dimensions = builder.dimensions_;
  content.counts = builder.passages_.counts();
  builder.vectors_.Finish();
  KillPoint("segment.vectors");
  {
    // SQLite has synced its file with the last commit; closing leaves no journal behind.
    const SegmentBuilder closing = std::move(builder);
  }
  SyncFolder(folder);
  KillPoint("segment.closed");
  content.files = {MeasureFile(folder, kPassagesFile), MeasureFile(folder, kVectorsFile)};
  WriteSegment(folder, content);
  return content;
}

}  // namespace dpr
