// The loss of choosing one of many: -log softmax(scores)[target], and its slopes.
#pragma once

#include <cstdint>
#include <span>

#include "dpr/tensor/matrix.h"

namespace dpr {

// scores [n, classes] become the slopes of weight * the sum of the losses:
//   weight * (softmax(scores) - one at the target).
// losses [n] and correct [n] (1 where no class scores above the target) are set; targets [n] are
// below `classes`. f32, on the calling thread; same bits on every instruction set.
void CrossEntropyRows(FloatView scores, std::span<const int32_t> targets, double weight,
                      std::span<double> losses, std::span<char> correct);

}  // namespace dpr
