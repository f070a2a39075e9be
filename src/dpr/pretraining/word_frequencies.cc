#include "dpr/pretraining/word_frequencies.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr int64_t kMostPassages = 20'000;

}  // namespace

std::vector<float> LogFrequencies(const PretrainingTexts& texts, const WordPiece& tokenizer,
                                  int64_t pieces) {
  std::vector<int64_t> counts(static_cast<size_t>(pieces));
  int64_t all = 0;
  const auto passages = static_cast<int64_t>(texts.training.size());
  const int64_t taken = std::min(passages, kMostPassages);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < taken; ++i) {
    const int64_t passage = texts.training[static_cast<size_t>(i * passages / taken)];
    ids.clear();
    tokenizer.Encode(texts.store.Read(passage).text, std::numeric_limits<int>::max(), ids);
    for (const int32_t id : ids) {
      if (id >= pieces) {
        throw Error(
            ErrorCode::kMismatch,
            "the tokenizer knows more pieces than the model, which has " + std::to_string(pieces),
            {}, "Give the vocabulary that the model was made with");
      }
      ++counts[static_cast<size_t>(id)];
    }
    all += static_cast<int64_t>(ids.size());
  }
  std::vector<float> logs;
  for (const int64_t count : counts) {
    const double share = static_cast<double>(count + 1) / static_cast<double>(all + pieces);
    logs.push_back(static_cast<float>(std::log(share)));
  }
  return logs;
}

}  // namespace dpr
