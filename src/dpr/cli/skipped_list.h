// What `dpr index --skip-bad` passed over: all of it in the file COLLECTION.skipped, a line each
// ("PLACE: REASON"), the first few on stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"

namespace dpr::cli {

// One call at a time. Lines are added to a file that is there: of a run that was killed they are
// wanted too.
class SkippedList {
 public:
  SkippedList(const std::string& collection, Progress& progress);

  void Add(const SkippedRecord& record);
  void Finish();

 private:
  const Path path_;
  Progress& progress_;
  std::optional<File> file_;
  int64_t count_ = 0;
};

}  // namespace dpr::cli
