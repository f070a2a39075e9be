// The names, the random start and the reading of the heads' parameters.
#include "dpr/bert/pretraining_heads.h"
#include "dpr/bert/random_weights.h"

namespace dpr {

std::vector<BertWeights::Slot> PretrainingHeadWeights::Slots(const BertConfig& config) {
  const int64_t hidden = config.hidden;
  const std::string words = "cls.predictions.", next_name = "cls.seq_relationship.";
  return {{words + "bias", {config.vocabulary}, true, &word_bias},
          {words + "transform.dense.weight", {hidden, hidden}, true, &transform.weight},
          {words + "transform.dense.bias", {hidden}, true, &transform.bias},
          {words + "transform.LayerNorm.weight", {hidden}, true, &norm.gamma},
          {words + "transform.LayerNorm.bias", {hidden}, true, &norm.beta},
          {next_name + "weight", {2, hidden}, true, &next.weight},
          {next_name + "bias", {2}, true, &next.bias}};
}

PretrainingHeadWeights PretrainingHeadWeights::Random(const BertConfig& config, uint64_t seed) {
  PretrainingHeadWeights weights;
  FillAtRandom(weights.Slots(config), seed);
  return weights;
}

PretrainingHeadWeights PretrainingHeadWeights::FromTensors(const StoredTensors& stored,
                                                           const BertConfig& config,
                                                           const std::string& where) {
  PretrainingHeadWeights weights;
  FillFromTensors(weights.Slots(config), stored, where);
  return weights;
}

bool PretrainingHeadWeights::HasHeads(const StoredTensors& stored) {
  return stored.Find("cls.predictions.bias") != nullptr &&
         stored.Find("cls.seq_relationship.weight") != nullptr;
}

}  // namespace dpr
