// passages.sqlite of a segment that is being built. Rows, what had been read of each source, and
// counts change together in one transaction, so that a kill leaves them in step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/passage_store.h"
#include "dpr/collection/sqlite.h"
#include "dpr/data/records.h"

namespace dpr {

struct SegmentCounts {
  int64_t tokens = 0;     // that the encoder read
  int64_t truncated = 0;  // passages that were longer than it reads
};

// Not thread-safe. An exception between Begin and Commit ends its use: closing rolls back.
class PassageWriter {
 public:
  // Continues the file that is there, or begins one.
  explicit PassageWriter(const Path& path);

  int64_t rows() const { return rows_; }
  const SegmentCounts& counts() const { return counts_; }
  // How far each source had been read when the last transaction ended; in the order of reading.
  std::vector<SourceRecord> Progress() const;

  // Forgets all but the first `sources` sources of Progress(), with their rows.
  void KeepSources(size_t sources);

  void Begin();
  // `position`: which passage of the source it is, from 1; 0: not known. False when the segment has
  // the id already.
  bool Insert(const Passage& passage, int64_t source, const std::string& key, int64_t position);
  void SetProgress(const SourceRecord& source);
  void AddCounts(const SegmentCounts& counts);
  void Commit();

 private:
  void LoadState();
  Database database_;
  int64_t rows_ = 0;
  int64_t last_source_ = -1;
  SegmentCounts counts_;
  Statement insert_, insert_source_, set_progress_, set_counts_;
};

}  // namespace dpr
