#include "dpr/training/batches.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "dpr/base/error.h"
#include "dpr/data/training_set.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TrainingPassage PassageOf(const std::string& text) {
  TrainingPassage passage;
  passage.text = text;
  return passage;
}

std::string Lines(int count, const std::string& prefix) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string text = prefix + std::to_string(i);
    lines += R"({"question":")" + text + R"(","answers":[],"positive_ctxs":[{"title":"","text":")" +
             text + R"("}],"negative_ctxs":[],"hard_negative_ctxs":[]})" + "\n";
  }
  return lines;
}

std::vector<WeightedSet> Sets(const std::vector<std::pair<int, double>>& sizes_and_rates) {
  std::vector<WeightedSet> sets;
  for (const auto& [size, rate] : sizes_and_rates) {
    const std::string name = "set" + std::to_string(sets.size());
    sets.push_back(
        {std::make_shared<TrainingSet>(TrainingSet::Of(Lines(size, name), name)), rate, 1.0});
  }
  return sets;
}

TEST(BatchOrder, TakesEachExampleOnceAnEpochInAnotherOrderEachTime) {
  TrainingSettings settings;
  settings.batch = 7;
  const auto sets = Sets({{70, 1.0}});
  const BatchOrder order(sets, settings);
  EXPECT_EQ(order.steps_per_epoch(), 10);
  EXPECT_EQ(order.steps(), 30);
  std::set<std::vector<int64_t>> orders;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<int64_t> taken;
    for (const StepExamples& step : order.Epoch(epoch)) {
      EXPECT_EQ(step.examples.size(), 7u);
      taken.insert(taken.end(), step.examples.begin(), step.examples.end());
    }
    orders.insert(taken);
    std::sort(taken.begin(), taken.end());
    std::vector<int64_t> all(70);
    std::iota(all.begin(), all.end(), int64_t{0});
    EXPECT_EQ(taken, all);
  }
  EXPECT_EQ(orders.size(), 3u);
  settings.seed = 1;
  const auto other = BatchOrder(sets, settings).Epoch(0).front().examples;
  EXPECT_NE(other, order.Epoch(0).front().examples);
}

TEST(BatchOrder, SamplesSetsAtTheirRatesAndKeepsABatchInOneSet) {
  TrainingSettings settings;
  settings.batch = 4;
  const auto sets = Sets({{20, 2.0}, {40, 0.5}, {3, 1.0}});
  const std::vector<StepExamples> epoch = BatchOrder(sets, settings).Epoch(0);
  std::vector<int> batches(3);
  std::vector<int64_t> of_first;
  bool mixed = false;
  for (size_t i = 0; i < epoch.size(); ++i) {
    ++batches[epoch[i].set];
    mixed =
        mixed || (i > 1 && epoch[i].set != epoch[i - 1].set && epoch[i].set == epoch[i - 2].set);
    if (epoch[i].set == 0) {
      of_first.insert(of_first.end(), epoch[i].examples.begin(), epoch[i].examples.end());
    }
  }
  EXPECT_THAT(batches, ElementsAre(10, 5, 1));  // a set smaller than a batch is one
  EXPECT_TRUE(mixed);
  for (int64_t example = 0; example < 20; ++example) {
    EXPECT_EQ(std::count(of_first.begin(), of_first.end(), example), 2) << example;
  }
}

TEST(BatchOrder, EndsAfterTheStepsAskedFor) {
  TrainingSettings settings;
  settings.batch = 5;
  settings.epochs = 2.5;
  EXPECT_EQ(BatchOrder(Sets({{20, 1.0}}), settings).steps(), 10);
  settings.steps = 3;
  EXPECT_EQ(BatchOrder(Sets({{20, 1.0}}), settings).steps(), 3);
}

TrainingExample ExampleWith(int positives, int hard, int others) {
  TrainingExample example;
  for (int i = 0; i < positives; ++i)
    example.positives.push_back(PassageOf("p" + std::to_string(i)));
  for (int i = 0; i < hard; ++i)
    example.hard_negatives.push_back(PassageOf("h" + std::to_string(i)));
  for (int i = 0; i < others; ++i) example.negatives.push_back(PassageOf("n" + std::to_string(i)));
  return example;
}

TEST(ChoosePassages, FallsBackFromHardToOtherNegativesAndCountsIt) {
  TrainingSettings settings;
  settings.hard_negatives = 3;
  settings.other_negatives = 1;
  struct Case {
    int hard, others;
    size_t chosen;
    int64_t stand_ins, missing;
  };
  for (const Case& c : std::vector<Case>{
           {9, 9, 5, 0, 0}, {1, 9, 5, 2, 0}, {0, 2, 3, 2, 2}, {0, 0, 1, 0, 4}, {2, 1, 4, 1, 1}}) {
    BatchCounts counts;
    const auto chosen = ChoosePassages(ExampleWith(1, c.hard, c.others), settings, 0, 0, counts);
    EXPECT_EQ(chosen.size(), c.chosen) << c.hard << " " << c.others;
    EXPECT_EQ(chosen[0].text, "p0");
    EXPECT_EQ(counts.other_instead_of_hard, c.stand_ins);
    EXPECT_EQ(counts.missing_negatives, c.missing);
    std::set<std::string> texts;
    for (const TrainingPassage& passage : chosen) texts.insert(passage.text);
    EXPECT_EQ(texts.size(), chosen.size());
  }
}

TEST(ChoosePassages, SamplesByStepAndNotByChance) {
  TrainingSettings settings;
  settings.hard_negatives = 1;
  const TrainingExample example = ExampleWith(5, 50, 0);
  BatchCounts counts;
  std::set<std::string> hard, positives;
  for (int64_t step = 0; step < 60; ++step) {
    const auto chosen = ChoosePassages(example, settings, step, 3, counts);
    EXPECT_EQ(chosen[0].text, "p0");
    EXPECT_EQ(chosen[1].text, ChoosePassages(example, settings, step, 3, counts)[1].text);
    hard.insert(chosen[1].text);
  }
  EXPECT_GT(hard.size(), 20u);
  settings.sample_positives = true;
  for (int64_t step = 0; step < 60; ++step) {
    positives.insert(ChoosePassages(example, settings, step, 3, counts)[0].text);
  }
  EXPECT_EQ(positives.size(), 5u);
}

class ChooseTargetsTest : public ::testing::Test {
 protected:
  // Two questions about one paragraph, and a third whose negative holds the first one's answer.
  ChooseTargetsTest() {
    examples_.resize(3);
    examples_[0].question.answers = {"Paris"};
    examples_[0].positives = {PassageOf("shared")};
    examples_[1].positives = {PassageOf("shared")};
    examples_[2].positives = {PassageOf("own")};
    passages_ = {{PassageOf("shared"), PassageOf("a")},
                 {PassageOf("shared")},
                 {PassageOf("own"), PassageOf("in paris, they say")}};
  }
  std::string Candidates(const TrainingSettings& settings) {
    targets_ = ChooseTargets(examples_, passages_, settings, counts_);
    std::string text;
    for (size_t i = 0; i < targets_.candidate.size(); ++i) {
      text += (i > 0 && i % 5 == 0 ? " " : "") + std::string(targets_.candidate[i] ? "x" : "-");
    }
    return text;
  }

  std::vector<TrainingExample> examples_;
  std::vector<std::vector<TrainingPassage>> passages_;
  BatchCounts counts_;
  LossTargets targets_;
};

TEST_F(ChooseTargetsTest, TakesAllPassagesOfTheBatchAndCountsCollisions) {
  TrainingSettings settings;
  settings.mask_false_negatives = false;
  EXPECT_EQ(Candidates(settings), "xxxxx xxxxx xxxxx");
  EXPECT_THAT(targets_.positive, ElementsAre(0, 2, 3));
  EXPECT_EQ(counts_.collisions, 2);
  EXPECT_EQ(counts_.masked, 0);
}

TEST_F(ChooseTargetsTest, MasksPositivesAndWhatHoldsAnAnswer) {
  EXPECT_EQ(Candidates(TrainingSettings()), "xx-x- -xxxx xxxxx");
  EXPECT_EQ(counts_.collisions, 2);
  EXPECT_EQ(counts_.masked, 3);
}

TEST_F(ChooseTargetsTest, KeepsAQuestionToItsOwnPassagesWithoutInBatchNegatives) {
  TrainingSettings settings;
  settings.in_batch = false;
  EXPECT_EQ(Candidates(settings), "xx--- --x-- ---xx");
}

TEST(TrainingSettings, DifferBetweenPresetsAndSayWhere) {
  const std::string small = SettingsJson(PresetSettings("dpr-small"));
  EXPECT_TRUE(SettingsDifferences(small, small).empty());
  TrainingSettings other = PresetSettings("dpr-small");
  other.dropout = 0;
  EXPECT_THAT(SettingsDifferences(SettingsJson(other), small), ElementsAre("dropout: 0.0, 0.1"));
  EXPECT_EQ(PresetSettings("dpr-nq").optimizer.clip, 16);
  try {
    PresetSettings("none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("dpr-small"));
  }
}

TEST(TrainingSettings, WarmUpIsACountOrAShare) {
  TrainingSettings settings;
  EXPECT_EQ(settings.WarmupSteps(200), 20);
  settings.warmup = 1237;
  EXPECT_EQ(settings.WarmupSteps(200), 1237);
  settings.warmup = 0;
  EXPECT_EQ(settings.WarmupSteps(200), 0);
}

}  // namespace
}  // namespace dpr
