#include "dpr/pretraining/word_frequencies.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace dpr {
namespace {

TEST(WordFrequencies, AreThoseOfTheTrainingPassages) {
  const std::vector<std::string> pieces = {"[PAD]",  "[UNK]", "[CLS]", "[SEP]",
                                           "[MASK]", "sea",   "tide",  "moon"};
  const WordPiece tokenizer(pieces, WordPieceOptions());
  PretrainingTexts texts;
  texts.store.Add({"", "", "sea tide tide", ""});
  texts.store.Add({"", "", "moon moon moon", ""});  // held out
  texts.store.Add({"", "", "sea sea sea tide", ""});
  texts.store.Finish();
  texts.training = {0, 2};
  texts.held_out = {1};
  const std::vector<float> logs = LogFrequencies(texts, tokenizer, 8);
  ASSERT_EQ(logs.size(), 8u);
  // 7 words and two ends of each passage.
  const double all = 7 + 4 + 8;
  EXPECT_FLOAT_EQ(logs[5], static_cast<float>(std::log(5 / all)));
  EXPECT_FLOAT_EQ(logs[6], static_cast<float>(std::log(4 / all)));
  EXPECT_FLOAT_EQ(logs[7], static_cast<float>(std::log(1 / all)));
  double sum = 0;
  for (const float log : logs) sum += std::exp(log);
  EXPECT_NEAR(sum, 1, 1e-5);
}

}  // namespace
}  // namespace dpr
