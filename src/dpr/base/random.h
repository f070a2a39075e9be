// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). A value is a pure function of (seed, stream, position), so that dropout,
// shuffling and sampling do not depend on threads, on micro-batches or on where a run was resumed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace dpr {

// Immutable and thread-safe. `stream` tells apart the uses of one seed.
class CounterRandom {
 public:
  CounterRandom(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  // Four independent 32-bit words.
  std::array<uint32_t, 4> Block(uint64_t position) const;
  uint64_t Bits(uint64_t position) const;
  double Uniform(uint64_t position) const;                  // in [0, 1), 53 bits
  uint64_t Below(uint64_t position, uint64_t bound) const;  // in [0, bound); bound >= 1

  // A permutation of `items` that depends on (seed, stream) only (Fisher-Yates).
  template <typename T>
  void Shuffle(std::span<T> items) const {
    for (uint64_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[Below(i, i)]);
    }
  }

 private:
  uint64_t seed_, stream_;
};

}  // namespace dpr
