// A score and a number as one whole number, so that both are compared at once: the greater key has
// the greater score, and of equal scores the lower number.
#pragma once

#include <bit>
#include <cstdint>

namespace dpr {

using RankKey = uint64_t;

// `score` is not NaN.
inline RankKey MakeRankKey(float score, uint32_t number) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 becomes 0
  constexpr uint32_t kSign = uint32_t{1} << 31;
  const uint32_t ordered = (bits & kSign) != 0 ? ~bits : bits | kSign;
  return RankKey{ordered} << 32 | ~number;
}
inline uint32_t NumberOf(RankKey key) { return ~static_cast<uint32_t>(key); }
inline float ScoreOf(RankKey key) {
  constexpr uint32_t kSign = uint32_t{1} << 31;
  const auto ordered = static_cast<uint32_t>(key >> 32);
  return std::bit_cast<float>((ordered & kSign) != 0 ? ordered & ~kSign : ~ordered);
}

}  // namespace dpr
