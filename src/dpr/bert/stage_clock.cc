#include "dpr/bert/stage_clock.h"

namespace dpr {

const char* StageName(Stage stage) {
  constexpr const char* kNames[kStages] = {"embedding",    "qkv",    "heads",  "attention_output",
                                           "intermediate", "output", "pooling"};
  return kNames[static_cast<size_t>(stage)];
}

}  // namespace dpr
