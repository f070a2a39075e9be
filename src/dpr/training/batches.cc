#include "dpr/training/batches.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/data/passage_key.h"
#include "dpr/text/answer_match.h"
#include "dpr/training/random_streams.h"

namespace dpr {
namespace {

constexpr uint64_t kPositionsPerExample = 1 << 16;

// `count` of the items, by chance where there are more.
std::vector<TrainingPassage> Sample(const std::vector<TrainingPassage>& from, size_t count,
                                    const CounterRandom& random, uint64_t position) {
  std::vector<size_t> order(from.size());
  std::iota(order.begin(), order.end(), size_t{0});
  count = std::min(count, from.size());
  std::vector<TrainingPassage> chosen;
  for (size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.Below(position + i, order.size() - i)]);
    chosen.push_back(from[order[i]]);
  }
  return chosen;
}

Passage ToPassage(const TrainingPassage& from) {
  Passage passage;
  passage.title = from.title;
  passage.text = from.text;
  return passage;
}

// The passages that each question must not be held against: its positives, and what holds its
// answer.
class FalseNegatives {
 public:
  FalseNegatives(const TrainingExample& example, bool by_answer) {
    for (const TrainingPassage& positive : example.positives) keys_.insert(PassageKey(positive));
    if (by_answer && !example.question.answers.empty()) {
      answers_.emplace(example.question.answers, MatchMode::kString);
    }
  }
  bool IsPositive(uint64_t key) const { return keys_.count(key) > 0; }
  bool HoldsAnswer(const MatchablePassage& passage) const {
    return answers_ && answers_->Matches(passage);
  }

 private:
  std::set<uint64_t> keys_;
  std::optional<AnswerMatcher> answers_;
};

}  // namespace

std::string BatchCounts::Json() const {
  return nlohmann::ordered_json{{"examples", examples},
                                {"questions_truncated", questions_truncated},
                                {"passages_truncated", passages_truncated},
                                {"other_instead_of_hard", other_instead_of_hard},
                                {"missing_negatives", missing_negatives},
                                {"collisions", collisions},
                                {"masked", masked}}
      .dump();
}

BatchCounts BatchCounts::FromJson(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  BatchCounts counts;
  counts.examples = json.at("examples");
  counts.questions_truncated = json.at("questions_truncated");
  counts.passages_truncated = json.at("passages_truncated");
  counts.other_instead_of_hard = json.at("other_instead_of_hard");
  counts.missing_negatives = json.at("missing_negatives");
  counts.collisions = json.at("collisions");
  counts.masked = json.at("masked");
  return counts;
}

BatchOrder::BatchOrder(const std::vector<WeightedSet>& sets, const TrainingSettings& settings)
    : seed_(settings.seed) {
  for (const WeightedSet& weighted : sets) {
    const int64_t size = weighted.set->size();
    const int64_t taken =
        std::max<int64_t>(1, std::llround(weighted.sampling_rate * static_cast<double>(size)));
    const int64_t batch = std::min(settings.batch, taken);
    sets_.push_back({size, batch, taken / batch, taken % batch, weighted.loss_weight});
    steps_per_epoch_ += taken / batch;
  }
  steps_ = settings.steps > 0
               ? settings.steps
               : std::max<int64_t>(
                     1, std::llround(settings.epochs * static_cast<double>(steps_per_epoch_)));
}

std::vector<StepExamples> BatchOrder::Epoch(int64_t epoch) const {
  std::vector<StepExamples> batches;
  for (size_t s = 0; s < sets_.size(); ++s) {
    const Set& set = sets_[s];
    std::vector<int64_t> order;
    // As many rounds through the whole set as its share of an epoch takes, each in its own order.
    for (uint64_t round = 0; static_cast<int64_t>(order.size()) < set.batch * set.batches;
         ++round) {
      std::vector<int64_t> all(static_cast<size_t>(set.size));
      std::iota(all.begin(), all.end(), int64_t{0});
      const uint64_t stream = kOrderStream + (static_cast<uint64_t>(epoch) << 16) + (round << 8) +
                              static_cast<uint64_t>(s);
      CounterRandom(seed_, stream).Shuffle(std::span(all));
      order.insert(order.end(), all.begin(), all.end());
    }
    for (int64_t b = 0; b < set.batches; ++b) {
      const auto begin = order.begin() + b * set.batch;
      batches.push_back({s, {begin, begin + set.batch}, set.loss_weight});
    }
  }
  CounterRandom(seed_, kBatchStream + static_cast<uint64_t>(epoch)).Shuffle(std::span(batches));
  return batches;
}

std::vector<TrainingPassage> ChoosePassages(const TrainingExample& example,
                                            const TrainingSettings& settings, int64_t step,
                                            uint64_t random_position, BatchCounts& counts) {
  const CounterRandom random(settings.seed, kNegativeStream + static_cast<uint64_t>(step));
  const uint64_t position = random_position * kPositionsPerExample;
  const size_t positive =
      settings.sample_positives ? random.Below(position, example.positives.size()) : 0;
  std::vector<TrainingPassage> chosen = {example.positives[positive]};
  const auto hard = static_cast<size_t>(settings.hard_negatives);
  const auto others = static_cast<size_t>(settings.other_negatives);
  auto hard_ones = Sample(example.hard_negatives, hard, random, position + 1000);
  // Other negatives stand in for hard ones that are missing; never one twice.
  const size_t stand_ins = hard - hard_ones.size();
  auto other_ones = Sample(example.negatives, others + stand_ins, random, position + 2000);
  const size_t found = std::min(other_ones.size(), stand_ins);
  counts.other_instead_of_hard += static_cast<int64_t>(found);
  counts.missing_negatives +=
      static_cast<int64_t>(hard + others - hard_ones.size() - other_ones.size());
  for (auto* part : {&hard_ones, &other_ones}) {
    chosen.insert(chosen.end(), std::make_move_iterator(part->begin()),
                  std::make_move_iterator(part->end()));
  }
  return chosen;
}

LossTargets ChooseTargets(const std::vector<TrainingExample>& examples,
                          const std::vector<std::vector<TrainingPassage>>& passages,
                          const TrainingSettings& settings, BatchCounts& counts) {
  LossTargets targets;
  std::vector<uint64_t> keys;
  std::vector<size_t> owner;
  std::vector<MatchablePassage> matchable;
  for (size_t i = 0; i < passages.size(); ++i) {
    targets.positive.push_back(static_cast<int64_t>(keys.size()));
    for (const TrainingPassage& passage : passages[i]) {
      keys.push_back(PassageKey(passage));
      owner.push_back(i);
      if (settings.mask_false_negatives) matchable.emplace_back(passage.text, MatchMode::kString);
    }
  }
  targets.candidate.assign(examples.size() * keys.size(), 0);
  for (size_t i = 0; i < examples.size(); ++i) {
    const FalseNegatives excluded(examples[i], settings.mask_false_negatives);
    for (size_t j = 0; j < keys.size(); ++j) {
      char& candidate = targets.candidate[i * keys.size() + j];
      if (static_cast<int64_t>(j) == targets.positive[i]) {
        candidate = 1;
        continue;
      }
      if (owner[j] != i && !settings.in_batch) continue;
      const bool collides = excluded.IsPositive(keys[j]);
      counts.collisions += collides && owner[j] != i ? 1 : 0;
      const bool false_negative =
          settings.mask_false_negatives && (collides || excluded.HoldsAnswer(matchable[j]));
      counts.masked += false_negative ? 1 : 0;
      candidate = false_negative ? 0 : 1;
    }
  }
  return targets;
}

BatchBuilder::BatchBuilder(const std::vector<WeightedSet>& sets, const TrainingSettings& settings,
                           const Encoder& questions, const Encoder& passages)
    : sets_(sets), settings_(settings), questions_(questions), passages_(passages) {}

TokenizedBatch BatchBuilder::Build(const StepExamples& step_examples, int64_t step,
                                   BatchCounts& counts) const {
  const ExampleSource& set = *sets_[step_examples.set].set;
  std::vector<TrainingExample> examples(step_examples.examples.size());
  ParallelFor(static_cast<int64_t>(examples.size()), 1,
              [&](int64_t i) { examples[i] = set.Read(step_examples.examples[i], step); });
  std::vector<std::vector<TrainingPassage>> chosen;
  std::vector<std::string> questions;
  std::vector<Passage> passages;
  for (size_t i = 0; i < examples.size(); ++i) {
    questions.push_back(examples[i].question.text);
    chosen.push_back(ChoosePassages(examples[i], settings_, step, i, counts));
    for (const TrainingPassage& passage : chosen.back()) passages.push_back(ToPassage(passage));
  }
  TokenizedBatch batch;
  batch.targets = ChooseTargets(examples, chosen, settings_, counts);
  counts.questions_truncated += questions_.TokenizeTexts(questions, batch.questions).truncated;
  counts.passages_truncated += passages_.TokenizePassages(passages, batch.passages).truncated;
  counts.examples += static_cast<int64_t>(examples.size());
  return batch;
}

}  // namespace dpr
