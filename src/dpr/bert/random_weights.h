// A BERT that has learned nothing, as Devlin et al. 2019 begin: matrices and tables of a normal
// distribution with deviation 0.02, norms 1 and 0, biases 0; the row of [PAD] 0.
#pragma once

#include <cstdint>

#include "dpr/bert/weights.h"

namespace dpr {

// A function of (config, seed), name by name. A pooler only where one is asked for.
BertWeights RandomWeights(const BertConfig& config, uint64_t seed, bool with_pooler = false);

// The slots' tensors, each as its name tells: of other parts that have learned nothing.
void FillAtRandom(const std::vector<BertWeights::Slot>& slots, uint64_t seed);

// A projection to `size` numbers that has learned nothing, for weights without one.
void AddRandomProjection(BertWeights& weights, int64_t size, uint64_t seed);

}  // namespace dpr
