// Normally distributed random numbers, each a pure function of its position, as all of random.h.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "dpr/base/random.h"

namespace dpr {

// A standard normal draw (Box and Muller 1958).
inline double NormalDraw(const CounterRandom& random, uint64_t position) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform(2 * position)));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform(2 * position + 1));
}

}  // namespace dpr
