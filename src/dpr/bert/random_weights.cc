#include "dpr/bert/random_weights.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/checksum.h"
#include "dpr/base/normal.h"
#include "dpr/base/random.h"

namespace dpr {
namespace {

constexpr double kDeviation = 0.02;

// Of a matrix the first `zeros` numbers stay zero.
FloatTensor RandomTensor(const BertWeights::Slot& slot, uint64_t seed, int64_t zeros = 0) {
  std::vector<float> values(static_cast<size_t>(ElementCount(slot.shape, slot.name)));
  if (slot.name.ends_with("LayerNorm.weight")) {
    std::fill(values.begin(), values.end(), 1.0f);
  } else if (slot.shape.size() == 2) {
    const CounterRandom random(seed, HashNumbers(slot.name).low);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(kDeviation * NormalDraw(random, i));
    }
    std::fill_n(values.begin(), zeros, 0.0f);
  }
  return FloatTensor(slot.shape, values);
}

}  // namespace

BertWeights RandomWeights(const BertConfig& config, uint64_t seed, bool with_pooler) {
  BertWeights weights;
  weights.config = config;
  for (const BertWeights::Slot& slot : weights.Slots()) {
    if (!slot.required && !(with_pooler && slot.name.starts_with("pooler."))) continue;
    const bool words = slot.tensor == &weights.embeddings.word;
    *slot.tensor = RandomTensor(slot, seed, words ? config.hidden : 0);
  }
  return weights;
}

void FillAtRandom(const std::vector<BertWeights::Slot>& slots, uint64_t seed) {
  for (const BertWeights::Slot& slot : slots) *slot.tensor = RandomTensor(slot, seed);
}

void AddRandomProjection(BertWeights& weights, int64_t size, uint64_t seed) {
  weights.config.projection = size;
  for (const BertWeights::Slot& slot : weights.Slots()) {
    if (slot.tensor == &weights.projection.weight || slot.tensor == &weights.projection.bias) {
      *slot.tensor = RandomTensor(slot, seed);
    }
  }
}

}  // namespace dpr
