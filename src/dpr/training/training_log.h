// The log of a training run: one JSON object a line. docs/formats/training-log.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/training/training_task.h"

namespace dpr {

// Appends to one or two files at once. Each line is one write, so that a kill cuts off a line at
// most.
class TrainingLog {
 public:
  // Goes on after the first `keep` bytes of `file`: what stood behind them will come again. The
  // copy becomes the same.
  TrainingLog(const Path& file, uint64_t keep, const std::optional<Path>& copy);

  void Write(const std::string& json);  // without the line's end
  uint64_t bytes() const { return bytes_; }

 private:
  std::vector<File> files_;
  uint64_t bytes_ = 0;
};

struct StepRecord {
  int64_t step = 0;
  double epoch = 0;
  TaskStep task;
  double rate = 0, gradient_norm = 0;
  double seconds = 0;      // of this step
  int64_t all_tokens = 0;  // of the run so far
  double all_seconds = 0;
};

std::string StepJson(const StepRecord& record);
std::string TimeNow();      // "2026-11-22T21:00:00Z"
std::string MachineJson();  // "cpu", "threads", "instructions"

}  // namespace dpr
