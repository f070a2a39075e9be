// What tells the uses of a run's one seed apart (base/random.h). Dropout's streams have the highest
// bit set (bert/tape.cc).
#pragma once

#include <cstdint>

namespace dpr {

inline constexpr uint64_t kOrderStream = uint64_t{1} << 40;     // of an epoch's examples
inline constexpr uint64_t kBatchStream = uint64_t{2} << 40;     // of an epoch's batches
inline constexpr uint64_t kNegativeStream = uint64_t{3} << 40;  // of what a step samples
inline constexpr uint64_t kDevStream = uint64_t{4} << 40;       // of the dev set's questions

// Of pretraining:
inline constexpr uint64_t kPairStream = uint64_t{5} << 40;       // of what a pair is made of
inline constexpr uint64_t kPairOrderStream = uint64_t{6} << 40;  // of an epoch's pairs
inline constexpr uint64_t kDevPairStream = uint64_t{7} << 40;    // of the pairs held back
inline constexpr uint64_t kHeldOutStream = uint64_t{8} << 40;    // of the articles held back
inline constexpr uint64_t kCropStream = uint64_t{9} << 40;       // of a step's crops

}  // namespace dpr
