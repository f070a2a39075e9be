// The input is a file of training examples: its format is found, its examples are found and read.
#include <cstdint>
#include <string>

#include "dpr/base/error.h"
#include "dpr/data/passage_key.h"
#include "dpr/data/training_set.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const dpr::TrainingSet set =
        dpr::TrainingSet::Of(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    for (int64_t i = set.size() - 1; i >= 0; --i) {
      const dpr::TrainingExample example = set.Read(i);
      if (example.positives.empty() || example.question.text.empty()) __builtin_trap();
      if (set.Where(i).empty()) __builtin_trap();
      dpr::PassageKey(example.positives[0]);
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
