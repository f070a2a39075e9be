// Where training takes its examples from: a file of them (training_set.h), or something that makes
// them anew each time they are asked for.
#pragma once

#include <cstdint>
#include <string>

#include "dpr/data/records.h"

namespace dpr {

struct TrainingSetCounts {
  int64_t examples = 0;           // in the file
  int64_t without_positives = 0;  // of these: left out
  // Of those that stay:
  int64_t positives = 0, hard_negatives = 0, negatives = 0;  // passages
  int64_t without_hard_negatives = 0;                        // examples
  int64_t with_several_positives = 0;                        // examples
};

// Immutable and thread-safe.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;

  virtual int64_t size() const = 0;
  // At least one positive. `time` tells apart the times that an example is asked for, where it is
  // made by chance; one of a file is always the same.
  virtual TrainingExample Read(int64_t index, int64_t time) const = 0;
  virtual std::string Where(int64_t index) const = 0;  // "FILE, line 17"
  virtual const TrainingSetCounts& counts() const = 0;
  virtual const std::string& format() const = 0;        // "DPR, JSON"
  virtual const std::string& content_hash() const = 0;  // of all that decides the examples
};

}  // namespace dpr
