// A config.json from anywhere: sizes that are accepted must make a BERT.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/bert/weights.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    dpr::BertWeights weights;
    weights.config = dpr::BertConfig::Parse({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (weights.config.head_size() * weights.config.heads != weights.config.hidden) std::abort();
    for (const auto& slot : weights.Slots()) dpr::ElementCount(slot.shape, "fuzz");
  } catch (const dpr::Error&) {
  }
  return 0;
}
