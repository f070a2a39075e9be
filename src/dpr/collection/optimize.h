// Making a collection fast to search: codes for segments that lack them, and where scanning these
// takes too long, an approximate index. Searches go on meanwhile; what was stopped or
// killed goes on, from the last stage that was finished or recorded.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/recall.h"

namespace dpr {

enum class AnnChoice {
  // Where exact search takes more than kSlowSeconds for a question, the first of inverted file and
  // graph that fits into the memory and reaches the recall.
  kAuto,
  kNone,  // exact search alone; an index that is there goes
  kGraph,
  kInverted,
};

inline constexpr double kSlowSeconds = 0.01;

struct OptimizeOptions {
  AnnChoice ann = AnnChoice::kAuto;
  double recall = 0.98;               // of the index
  int64_t memory = int64_t{8} << 30;  // bytes that a search may keep in memory
  GraphOptions graph;
  InvertedOptions inverted;
  // Vectors of real questions, to measure recall with; none: so many passages ask for their
  // neighbours.
  Matrix questions;
  int64_t asking_passages = 1000;
};

struct OptimizeReport {
  int64_t coded_segments = 0;  // that were given codes
  double exact_seconds = 0;    // for one question, measured; 0: not measured
  std::optional<AnnKind> ann;  // what there is now
  bool built = false;          // it was made, or grew
  std::optional<RecallCurve> recall;
  std::string because;   // why this choice: one sentence
  bool stopped = false;  // `stop` was set: the same call goes on
};

// kInvalid for a collection without vectors.
OptimizeReport OptimizeCollection(const Path& folder, const OptimizeOptions& options,
                                  const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
