// The bytes of a training file, mapped. Internal to the training_* readers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"

namespace dpr {

// Immutable and thread-safe; moving it invalidates no view of a mapped file.
class TrainingContent {
 public:
  // A compressed file goes, decompressed, into a file without a name in TMPDIR.
  TrainingContent(const Path& file, Progress& progress);
  TrainingContent(std::string text, std::string name);

  std::string_view text() const { return mapped_.text().empty() ? text_ : mapped_.text(); }
  const std::string& name() const { return name_; }
  // Says that this range is not needed again soon: what is resident stays small.
  void Release(uint64_t begin, uint64_t length) const;

 private:
  std::string name_;
  MappedFile mapped_;
  std::string text_;
};

}  // namespace dpr
