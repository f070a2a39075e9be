// A segment in the making, in a folder of its own: vectors and passages are appended in step and
// survive a kill; Close() makes it a segment like any other, ready to be renamed to its place.
//
// One Append is: vectors to the file, fsync; then rows and progress in one SQLite transaction.
// SQLite thus says how many rows there are, and vectors beyond them are cut off when the build goes
// on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/passage_writer.h"
#include "dpr/collection/segment_file.h"
#include "dpr/data/records.h"
#include "dpr/lexical/analyzer_settings.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {

// Passages [begin, end) of an appended run come from one source, which had then been read as far as
// `after` says. A source without passages has begin == end.
struct SourceStep {
  int64_t begin = 0, end = 0;
  SourceRecord after;
};

// What a segment has besides passages.
struct SegmentParts {
  int64_t dimensions = 0;  // 0: no vectors
  std::string encoder;     // fingerprint of the one that makes them
  std::optional<AnalyzerSettings> lexical;
};

// kUnsupported for a collection with BM25 in a build without: the segment would lack it.
SegmentParts PartsOf(const Path& folder, const Manifest& manifest);

// Not thread-safe. An exception or a duplicate from Append ends its use; what was appended before
// is kept.
class SegmentBuilder {
 public:
  // Begins anew, or goes on with what a killed process left in `folder`.
  static SegmentBuilder Begin(const Path& folder, const SegmentParts& parts);
  static SegmentBuilder Resume(const Path& folder, const SegmentParts& parts);

  int64_t rows() const { return passages_.rows(); }
  std::vector<SourceRecord> SourcesRead() const { return passages_.Progress(); }

  // Forgets all but the first `sources` sources of SourcesRead(), with their rows. The counts stay:
  // they are of what was encoded.
  void KeepSources(size_t sources);

  // vectors: [passages, dimensions]; without vectors, of no rows. The index of a passage whose id
  // the segment has already, and then nothing is appended.
  [[nodiscard]] std::optional<size_t> Append(std::span<const Passage> passages,
                                             ConstFloatView vectors,
                                             std::span<const SourceStep> steps,
                                             const SegmentCounts& counts);

  // The same with what other segments hold, without progress: a kill begins anew. Of the spans,
  // first_row is an index into `passages`.
  void AppendCopies(std::span<const Passage> passages, ConstFloatView vectors,
                    std::span<const SourceSpan> spans, const SegmentCounts& counts);

  // BM25 is made of the passages now. All files final and on the disk, segment.json the last.
  static SegmentContent Close(SegmentBuilder builder, Progress& progress);

 private:
  void AppendVectors(ConstFloatView vectors);
  SegmentBuilder(const Path& folder, const SegmentParts& parts, PassageWriter passages);
  void OpenVectors();
  Path folder_;
  SegmentParts parts_;
  PassageWriter passages_;
  std::optional<VectorFileWriter> vectors_;
};

}  // namespace dpr
