// The writing end of indexing: takes encoded blocks in order, appends them to the segment in the
// making, and commits full segments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/collection/collection_writer.h"
#include "dpr/collection/held_ids.h"
#include "dpr/collection/index_pipeline.h"
#include "dpr/collection/segment_builder.h"
#include "dpr/collection/source_plan.h"
#include "dpr/collection/writer_session.h"

namespace dpr {

// Used by one thread at a time.
class IndexWriter {
 public:
  IndexWriter(WriterSession& session, const SourcePlan& plan, const IndexOptions& options,
              Progress& progress);

  // Goes on with what a killed run left, as far as this command would do the same; the rest is
  // dropped. Returns what has been read of each source. kMismatch when all of it is another
  // command's and still of use.
  std::vector<SourceRecord> Resume();
  int64_t rows() const { return builder_ ? builder_->rows() : 0; }

  void Append(const EncodedBlock& block);
  // Commits the rest, and with sync what has to go; nothing when nothing changed.
  IndexReport Finish();

 private:
  // Looks the id up in the committed segments and notes a live row as replaced.
  void ReplaceOlder(const std::string& id, const std::string& where);
  void ReplaceOlder(const PassageBlock& block);
  void ReplaceOlderThanResumed();
  size_t CountSame(const std::vector<SourceRecord>& read) const;
  bool IsOutdated(const SourceRecord& read) const;
  void KeepSame(const std::vector<SourceRecord>& read, size_t same);
  void CountPassedOver(const SourceRecord& source);
  void CloseSegment(bool last);
  void CloseBuilder(Manifest& next, Progress& progress);
  void Record(const std::vector<SourceRecord>& read, bool last, Manifest& next);

  WriterSession& session_;
  const SourcePlan& plan_;
  const IndexOptions& options_;
  Progress& progress_;
  SegmentParts parts_;
  HeldIds older_;                          // in committed segments
  std::optional<SegmentBuilder> builder_;  // the one in the making
  std::vector<int64_t> replaced_;          // rows that it replaces
  IndexReport report_;
};

}  // namespace dpr
