#include "dpr/collection/segment_builder.h"

#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/segment_parts.h"
#include "dpr/lexical/lexical_builder.h"

namespace dpr {

SegmentParts PartsOf(const Path& folder, const Manifest& manifest) {
  SegmentParts parts;
  if (manifest.lexical && !HasLexical()) {
    throw Error(ErrorCode::kUnsupported,
                "the collection has BM25 and this build of dpr has none, so the passages of a new "
                "segment would lack it",
                folder.string(),
                "Use a dpr with BM25 (built with -DDPR_LEXICAL=ON), or index into a new folder");
  }
  if (manifest.encoder) {
    parts.dimensions = manifest.encoder->dimensions;
    parts.encoder = manifest.encoder->fingerprint;
  }
  if (manifest.lexical) parts.lexical = manifest.lexical->analyzer;
  return parts;
}

SegmentBuilder::SegmentBuilder(const Path& folder, const SegmentParts& parts,
                               PassageWriter passages)
    : folder_(folder), parts_(parts), passages_(std::move(passages)) {
  OpenVectors();
}

SegmentBuilder SegmentBuilder::Begin(const Path& folder, const SegmentParts& parts) {
  RemoveAll(folder);
  CreateFolder(folder);
  return Resume(folder, parts);
}

SegmentBuilder SegmentBuilder::Resume(const Path& folder, const SegmentParts& parts) {
  RemoveAll(folder / kSegmentFile);
  PassageWriter passages(folder / kPassagesFile);
  KillPoint("build.opened");
  return SegmentBuilder(folder, parts, std::move(passages));
}

void SegmentBuilder::OpenVectors() {
  if (parts_.dimensions == 0) return;
  vectors_ = VectorFileWriter::Resume(folder_ / kVectorsFile, parts_.dimensions, passages_.rows());
}

void SegmentBuilder::KeepSources(size_t sources) {
  passages_.KeepSources(sources);
  KillPoint("build.cut");
  OpenVectors();
}

std::optional<size_t> SegmentBuilder::Append(std::span<const Passage> passages,
                                             ConstFloatView vectors,
                                             std::span<const SourceStep> steps,
                                             const SegmentCounts& counts) {
  DPR_CHECK(!vectors_ || vectors.rows == static_cast<int64_t>(passages.size()));
  AppendVectors(vectors);
  passages_.Begin();
  for (const SourceStep& step : steps) {
    for (auto i = static_cast<size_t>(step.begin); i < static_cast<size_t>(step.end); ++i) {
      const int64_t position = step.after.passages - (step.end - static_cast<int64_t>(i)) + 1;
      if (!passages_.Insert(passages[i], step.after.number, step.after.key, position)) return i;
    }
    passages_.SetProgress(step.after);
  }
  passages_.AddCounts(counts);
  KillPoint("block.rows");
  passages_.Commit();
  KillPoint("block.committed");
  return std::nullopt;
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
                folder_.string(), kRestoreHint);
  }
  passages_.AddCounts(counts);
  passages_.Commit();
  KillPoint("copies.committed");
}

void SegmentBuilder::AppendVectors(ConstFloatView vectors) {
  if (!vectors_ || vectors.rows == 0) return;
  vectors_->Append(vectors);
  vectors_->Sync();
  KillPoint("block.vectors");
}

SegmentContent SegmentBuilder::Close(SegmentBuilder builder, Progress& progress) {
  const Path folder = builder.folder_;
  const SegmentParts parts = builder.parts_;
  SegmentContent content;
  content.rows = builder.rows();
  content.dimensions = parts.dimensions;
  content.encoder = parts.encoder;
  content.counts = builder.passages_.counts();
  if (builder.vectors_) builder.vectors_->Finish();
  KillPoint("segment.vectors");
  {
    // SQLite has synced its file with the last commit; closing leaves no journal behind.
    const SegmentBuilder closing = std::move(builder);
  }
  content.files.push_back(MeasureFile(folder, kPassagesFile));
  if (parts.dimensions > 0) {
    content.files.push_back(MeasureFile(folder, kVectorsFile));
    content.files.push_back(BuildCodesFile(folder, progress));
  }
  if (parts.lexical) {
    content.files.push_back(BuildLexicalFile(folder, content.rows, *parts.lexical, progress));
  }
  SyncFolder(folder);
  KillPoint("segment.closed");
  WriteSegment(folder, content);
  return content;
}

}  // namespace dpr
