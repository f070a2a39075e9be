// Making a collection fast to search: codes for segments that lack them, and where scanning these
// takes too long, a graph. Searches go on meanwhile; a kill costs seconds.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/graph_builder.h"
#include "dpr/vectors/recall.h"

namespace dpr {

enum class AnnChoice {
  kAuto,  // a graph where exact search takes more than kSlowSeconds for a question
  kNone,  // exact search alone; a graph that is there goes
  kGraph,
};

inline constexpr double kSlowSeconds = 0.01;

struct OptimizeOptions {
  AnnChoice ann = AnnChoice::kAuto;
  double recall = 0.98;               // of a graph
  int64_t memory = int64_t{8} << 30;  // bytes that a search may keep in memory
  GraphOptions graph;
  // Vectors of real questions, to measure recall with; none: passages ask for their neighbours.
  Matrix questions;
};

struct OptimizeReport {
  int64_t coded_segments = 0;  // that were given codes
  double exact_seconds = 0;    // for one question, measured; 0: not measured
  bool graph = false;          // there is one now
  bool built = false;          // it was made, or grew
  std::optional<RecallCurve> recall;
  std::string because;   // why this choice: one sentence
  bool stopped = false;  // `stop` was set: the same call goes on
};

// kInvalid for a collection without vectors.
OptimizeReport OptimizeCollection(const Path& folder, const OptimizeOptions& options,
                                  const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
