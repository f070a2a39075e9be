#include "dpr/pretraining/crop_examples.h"

#include <gtest/gtest.h>

#include <set>

namespace dpr {
namespace {

class CropExamplesTest : public ::testing::Test {
 protected:
  CropExamplesTest() {
    for (int i = 0; i < 30; ++i) {
      const std::string n = std::to_string(i);
      store_.Add({"", "Title " + n,
                  "First words of " + n + ". Then come others " + n + "! Is there a third " + n +
                      "? The last one " + n + ".",
                  ""});
      all_.push_back(i);
    }
    store_.Add({"", "Short", "One sentence.", ""});
    all_.push_back(30);
    store_.Finish();
  }
  CropExamples Of(CropSettings::Kind kind, double keep = 0.1) const {
    CropSettings settings;
    settings.kind = kind;
    settings.keep_sentence = keep;
    return {store_, all_, settings, "texts"};
  }

  NumberedPassages store_;
  std::vector<int64_t> all_;
};

TEST_F(CropExamplesTest, TheClozeAsksForThePassageThatLacksTheSentence) {
  const CropExamples examples = Of(CropSettings::Kind::kInverseCloze);
  ASSERT_EQ(examples.size(), 30);
  EXPECT_EQ(examples.counts().without_positives, 1);
  int kept = 0;
  std::set<std::string> questions;
  for (int64_t time = 0; time < 100; ++time) {
    for (int64_t i = 0; i < examples.size(); ++i) {
      const TrainingExample example = examples.Read(i, time);
      const std::string whole = store_.Read(i).text;
      ASSERT_EQ(example.positives.size(), 1u);
      const TrainingPassage& passage = example.positives[0];
      EXPECT_EQ(passage.title, "Title " + std::to_string(i));
      EXPECT_NE(whole.find(example.question.text), std::string::npos);
      if (passage.text == whole) {
        ++kept;
        continue;
      }
      EXPECT_EQ(passage.text.find(example.question.text), std::string::npos);
      EXPECT_EQ(passage.text.size() + 1 + example.question.text.size(), whole.size());
      if (i == 0) questions.insert(example.question.text);
    }
  }
  EXPECT_EQ(questions.size(), 4u) << "every sentence has its turn";
  EXPECT_NEAR(kept, 300, 80);
}

TEST_F(CropExamplesTest, CropsAreRunsOfWordsOfAsLongAsAsked) {
  const CropExamples examples = Of(CropSettings::Kind::kCrops);
  ASSERT_EQ(examples.size(), 30);
  std::set<size_t> lengths;
  for (int64_t time = 0; time < 200; ++time) {
    const TrainingExample example = examples.Read(time % 30, time);
    const std::string whole = store_.Read(time % 30).text;
    for (const std::string& crop : {example.question.text, example.positives[0].text}) {
      EXPECT_NE(whole.find(crop), std::string::npos);
      const size_t words = 1 + static_cast<size_t>(std::count(crop.begin(), crop.end(), ' '));
      EXPECT_GE(words, 3u);
      EXPECT_LE(words, 9u) << "half of 17 words";
      lengths.insert(words);
    }
  }
  EXPECT_GE(lengths.size(), 6u);
}

TEST_F(CropExamplesTest, AreAFunctionOfIndexAndTime) {
  const CropExamples examples = Of(CropSettings::Kind::kCrops);
  EXPECT_EQ(examples.Read(3, 7).question.text, examples.Read(3, 7).question.text);
  std::set<std::string> seen;
  for (int64_t time = 0; time < 20; ++time) seen.insert(examples.Read(3, time).question.text);
  EXPECT_GT(seen.size(), 5u);
  EXPECT_NE(examples.content_hash(), Of(CropSettings::Kind::kInverseCloze).content_hash());
  EXPECT_NE(Of(CropSettings::Kind::kInverseCloze, .5).content_hash(),
            Of(CropSettings::Kind::kInverseCloze, .1).content_hash());
  EXPECT_EQ(examples.Where(4), "texts, passage 5");
}

}  // namespace
}  // namespace dpr
