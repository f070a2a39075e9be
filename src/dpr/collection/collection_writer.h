// Building and changing a collection: append, replace, sync, delete, compact. One writer at a time
// (a lock file); readers never wait. Every step is a new file and a rename, the manifest last, so a
// kill at any moment leaves the state before or after it, and the same call again goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/records.h"
#include "dpr/encoder/encoder.h"
#include "dpr/encoder/retriever.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Rows of a full segment: large enough that a search meets few, small enough that closing one is a
// matter of seconds.
inline constexpr int64_t kSegmentPassages = 200000;

// What indexing asks of an encoder: passages in, vectors out. A vector must depend on its passage
// only, so that blocks may be cut anywhere.
class PassageEncoder {
 public:
  virtual ~PassageEncoder() = default;
  virtual const EncoderRecord& record() const = 0;
  // out: [passages, record().dimensions]
  virtual EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const = 0;
};

// A record that was passed over, and why.
struct SkippedRecord {
  std::string where;
  std::string reason;
};
using SkippedHandler = std::function<void(const SkippedRecord&)>;

struct IndexOptions {
  // Of documents; what is not given is as it was, in a new collection as SplitOptions says.
  std::optional<int> words, overlap;
  bool skip_bad = false;  // malformed records and ids that are there already are passed over
  // Is told of each of them, on another thread, one at a time; after a kill maybe once more.
  SkippedHandler skipped;
  bool replace = false;  // an id that exists, or a document, is replaced instead of an error
  bool sync = false;     // what has gone from a source, or from a folder, is deleted
  // With sync: keys of folders and files to follow beside those of the sources, since nothing may
  // be left of them (FollowSources).
  std::vector<std::string> followed;
  int64_t segment_passages = kSegmentPassages;
  std::optional<LexicalRecord> lexical;  // BM25 too; a collection that has it keeps it anyway
  // Of imported vectors, the hash (ImportedVectors::content): a source that is held with other ones
  // is kMismatch. Without it, one that was imported whole is left alone.
  std::string vectors;
  int64_t block_passages = 2048;  // what is encoded and kept at once: the most that a kill costs
};

// What one call did; of a run that went on after a kill, since the last segment that was complete.
struct IndexReport {
  int64_t added = 0, replaced = 0, deleted = 0, unchanged_sources = 0;
  int64_t bad_records = 0, duplicates = 0;  // passed over
  int64_t truncated = 0, tokens = 0;
  double seconds = 0;
};

// Creates `folder` or appends to it; the same call after a kill goes on. Memory is bounded by
// blocks, whatever the corpus. A source whose key and content the collection holds is left alone.
// An id that is there already, or that the sources give twice, is kExists before anything is
// encoded; with `replace` the old passage goes at the very moment that the new one comes. A new
// collection without any passage is kInvalid. Another encoder than the collection's is kMismatch.
// Vectors or BM25 that the collection lacks are first made for all that it holds. Without `encoder`
// there are no vectors; kMismatch when the collection has some. `sources` may be none.
IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const PassageEncoder* encoder, const IndexOptions& options,
                          Progress& progress);
IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const Retriever& retriever, const IndexOptions& options,
                          Progress& progress);

// Deletes by id and returns how many were there. An id that the collection never had is kNotFound,
// and then nothing is deleted; one that is deleted already is passed over, so that the same call
// after a kill succeeds.
int64_t DeletePassages(const Path& folder, std::span<const std::string> ids);

// Rewrites segments that have deleted passages, and small ones together; others are left alone.
// Rows change; ids, texts and vectors do not. Segment by segment, so that a kill loses one at most,
// and the disk needs room for one.
void CompactCollection(const Path& folder, Progress& progress,
                       int64_t segment_passages = kSegmentPassages);

}  // namespace dpr
