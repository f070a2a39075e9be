// What tells the uses of a run's one seed apart (base/random.h). Dropout's streams have the highest
// bit set (bert/tape.cc).
#pragma once

#include <cstdint>

namespace dpr {

inline constexpr uint64_t kOrderStream = uint64_t{1} << 40;     // of an epoch's examples
inline constexpr uint64_t kBatchStream = uint64_t{2} << 40;     // of an epoch's batches
inline constexpr uint64_t kNegativeStream = uint64_t{3} << 40;  // of what a step samples
inline constexpr uint64_t kDevStream = uint64_t{4} << 40;       // of the dev set's questions

}  // namespace dpr
