// The writing end of indexing: takes encoded blocks in order, appends them to the segment in the
// making, and commits full segments. Holds the rule which passage may replace which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/collection/collection_writer.h"
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
  // Looks the id up in the committed segments. A live row that may be replaced is noted as such;
  // one that may not is an Error.
  void ReplaceOlder(const std::string& id, const std::string& where);
  void ReplaceOlder(const PassageBlock& block);
  void ReplaceOlderThanResumed();
  bool MayReplace(const SourceSpan& span) const;
  bool IsStale(int64_t source, const std::string& key) const;
  size_t CountSame(const std::vector<SourceRecord>& read) const;
  bool IsOutdated(const SourceRecord& read) const;
  void KeepSame(const std::vector<SourceRecord>& read, size_t same);
  // `row` is the first one's, in its segment.
  [[noreturn]] void FailDuplicate(const std::string& id, const std::string& again, int64_t row,
                                  const SourceSpan& first) const;
  void CountBadRecords(const SourceRecord& source);
  void CloseSegment(bool last);
  void CloseBuilder(Manifest& next, Progress& progress);
  void Record(const std::vector<SourceRecord>& read, bool last, Manifest& next);
  int64_t DeleteStale(DeletedRows& deleted) const;

  WriterSession& session_;
  const SourcePlan& plan_;
  const IndexOptions& options_;
  Progress& progress_;
  SegmentParts parts_;
  std::vector<SegmentIds> older_;          // committed segments
  std::optional<SegmentBuilder> builder_;  // the one in the making
  std::vector<int64_t> replaced_;          // rows that it replaces
  IndexReport report_;
};

}  // namespace dpr
