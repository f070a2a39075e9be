#include "dpr/pretraining/language_model_settings.h"

#include <nlohmann/json.hpp>

namespace dpr {

std::string SettingsJson(const LanguageModelSettings& s) {
  return nlohmann::ordered_json{{"task", "mlm"},
                                {"tokens", s.tokens},
                                {"batch_tokens", s.batch_tokens},
                                {"max_length", s.max_length},
                                {"short_pairs", s.short_pairs},
                                {"masked", s.masked},
                                {"dropout", s.dropout},
                                {"lr", s.rate},
                                {"warmup", s.warmup},
                                {"beta1", s.optimizer.beta1},
                                {"beta2", s.optimizer.beta2},
                                {"epsilon", s.optimizer.epsilon},
                                {"weight_decay", s.optimizer.decay},
                                {"clip", s.optimizer.clip},
                                {"seed", s.seed},
                                {"precision", PrecisionName(s.precision)},
                                {"micro_batch_tokens", s.micro_batch_tokens},
                                {"evaluate_every", s.evaluate_every}}
      .dump();
}

}  // namespace dpr
