// Reads one planned source: names it in errors as the user did, and passes over the passages whose
// ids are there already.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dpr/collection/source_plan.h"

namespace dpr {

// Not thread-safe.
class PlannedReader {
 public:
  // `skipped` is told of what is passed over, and may be empty.
  PlannedReader(const PlannedSource& source, const IndexOptions& options,
                const SkippedHandler& skipped = {});

  bool Next(Passage& passage);
  // Steps over what had been read when the source's record was `read`. kMismatch when the source
  // has less.
  void GoBehind(const SourceRecord& read);

  std::string where() const;
  int64_t bad_records() const { return reader_->bad_records(); }
  int64_t duplicates() const { return duplicates_; }

 private:
  // One passage of the file; false at the end.
  bool ReadOne(Passage& passage, bool& duplicate);
  [[noreturn]] void Rethrow(const Error& error) const;
  std::string Shown(const std::string& where) const;
  const PlannedSource& source_;
  const SkippedHandler skipped_;
  std::unique_ptr<PassageReader> reader_;
  int64_t position_ = 0;  // passages that the file gave
  size_t next_duplicate_ = 0;
  int64_t duplicates_ = 0;  // passed over
};

}  // namespace dpr
