#include "dpr/bert/operations.h"

namespace dpr {
namespace {

double& Of(StageOperations& operations, Stage stage) {
  return operations[static_cast<size_t>(stage)];
}

double Of(const StageOperations& operations, Stage stage) {
  return operations[static_cast<size_t>(stage)];
}

}  // namespace

StageOperations CountOperations(const BertConfig& config, const PackedTokens& texts,
                                bool first_only) {
  const auto hidden = static_cast<double>(config.hidden);
  const auto intermediate = static_cast<double>(config.intermediate);
  const auto tokens = static_cast<double>(texts.tokens());
  const auto whole_layers = static_cast<double>(config.layers - (first_only ? 1 : 0));
  // Rows of all layers together that are asked, and that only answer.
  const double rows =
      whole_layers * tokens + (first_only ? static_cast<double>(texts.sequences()) : 0);
  const double answering = whole_layers * tokens + (first_only ? tokens : 0);
  double pairs = 0;
  for (int64_t s = 0; s < texts.sequences(); ++s) {
    const auto length = static_cast<double>(texts.length(s));
    pairs += whole_layers * length * length + (first_only ? length : 0);
  }
  StageOperations operations = {};
  Of(operations, Stage::kQkv) = 2 * hidden * hidden * (rows + 2 * answering);
  Of(operations, Stage::kHeads) = 2 * 2 * pairs * hidden;
  Of(operations, Stage::kAttentionOutput) = 2 * hidden * hidden * rows;
  Of(operations, Stage::kIntermediate) = 2 * hidden * intermediate * rows;
  Of(operations, Stage::kOutput) = 2 * hidden * intermediate * rows;
  return operations;
}

double LinearOperations(const StageOperations& operations) {
  return Of(operations, Stage::kQkv) + Of(operations, Stage::kAttentionOutput) +
         Of(operations, Stage::kIntermediate) + Of(operations, Stage::kOutput);
}

double AttentionOperations(const StageOperations& operations) {
  return Of(operations, Stage::kHeads);
}

}  // namespace dpr
