#include "dpr/experiments/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {
namespace {

class Layout {
 public:
  Layout(const Definition& definition, const Recipes& recipes, StepStore& store)
      : definition_(definition), recipes_(recipes) {
    result_.definition = definition;
    for (const SetDefinition& set : definition.sets) {
      result_.sets.emplace(set.name, PrepareSet(store, set, definition, recipes.materials().data));
    }
  }

  ExperimentSteps Run() {
    for (const VariantDefinition& variant : definition_.variants) {
      VariantSteps& steps = result_.variants[variant.name];
      steps.missing = Missing(variant);
      if (!steps.missing.empty()) continue;
      steps.seeds = Seeds(variant);
      for (const uint64_t seed : steps.seeds) {
        for (const std::string& set : variant.tests) {
          steps.ranked[set].push_back(Ranked(variant, seed, set));
        }
        if (variant.train) steps.trained.push_back(Model(variant, seed));
      }
      if (!variant.train) continue;
      steps.choice = Choice(variant);
      steps.examples = ExampleCount(variant);
      steps.steps = SettingsOf(variant, definition_.seeds.front()).steps;
    }
    return std::move(result_);
  }

 private:
  std::string Missing(const VariantDefinition& variant) const;
  std::vector<uint64_t> Seeds(const VariantDefinition& variant) const;
  const PreparedSet& SetOf(const std::string& name) const { return result_.sets.at(name); }
  StepPointer Index(const std::string& set, const std::string& language = "english") const {
    return recipes_.Index(SetOf(set), language);
  }

  EncoderSource Start(const VariantDefinition& variant, uint64_t seed);
  StepPointer Model(const VariantDefinition& variant, uint64_t seed);
  StepPointer Vectors(const VariantDefinition& variant, uint64_t seed, const std::string& set);
  StepPointer Ranked(const VariantDefinition& variant, uint64_t seed, const std::string& set);
  Reading ReadingOf(const VariantDefinition& variant) const;

  int64_t AllExamplesOf(const std::string& set) const;
  int64_t ExamplesOf(const std::string& set, double share) const;
  int64_t ExampleCount(const VariantDefinition& variant) const;
  TrainingSettings SettingsOf(const VariantDefinition& variant, uint64_t seed) const;
  // `share`: of the variant's examples.
  std::vector<StepPointer> Examples(const VariantDefinition& variant, uint64_t seed, double share);
  StepPointer Choice(const VariantDefinition& variant);
  double TrainingTokens(const VariantDefinition& variant, double share) const;

  const Definition& definition_;
  const Recipes& recipes_;
  // By encoder and seed: to find out what a given one is costs reading it.
  std::map<std::pair<std::string, uint64_t>, EncoderSource> starts_;
  ExperimentSteps result_;
};

std::string Layout::Missing(const VariantDefinition& variant) const {
  if (variant.bm25) return "";
  if (variant.hybrid) {
    const std::string dense = Missing(definition_.Variant(variant.hybrid->dense));
    return dense.empty() ? "" : "its dense part is not: " + dense;
  }
  const std::string encoder = recipes_.Missing(definition_, definition_.Encoder(variant.encoder));
  if (!encoder.empty() || !variant.train) return encoder;
  const std::string& first = definition_.Negatives(variant.train->negatives).retriever;
  const std::string round = first.empty() ? "" : Missing(definition_.Variant(first));
  return round.empty() ? "" : "its first round is not: " + round;
}

std::vector<uint64_t> Layout::Seeds(const VariantDefinition& variant) const {
  if (variant.hybrid) return Seeds(definition_.Variant(variant.hybrid->dense));
  const bool chance =
      variant.train || (!variant.bm25 && definition_.Encoder(variant.encoder).kind ==
                                             EncoderDefinition::Kind::kRandom);
  return chance ? definition_.seeds : std::vector<uint64_t>{definition_.seeds.front()};
}

EncoderSource Layout::Start(const VariantDefinition& variant, uint64_t seed) {
  const auto [entry, added] = starts_.try_emplace({variant.encoder, seed});
  if (added) {
    entry->second = recipes_.Encoder(definition_, definition_.Encoder(variant.encoder), seed);
    result_.shapes[entry->second.shape.Name()] = entry->second.shape;
  }
  return entry->second;
}

int64_t Layout::AllExamplesOf(const std::string& set) const {
  return definition_.Set(set).train_examples.value_or(definition_.train_examples);
}

int64_t Layout::ExamplesOf(const std::string& set, double share) const {
  return std::max<int64_t>(2, std::llround(share * static_cast<double>(AllExamplesOf(set))));
}

int64_t Layout::ExampleCount(const VariantDefinition& variant) const {
  int64_t count = 0;
  for (const std::string& set : variant.train->sets) count += ExamplesOf(set, variant.train->share);
  return count;
}

TrainingSettings Layout::SettingsOf(const VariantDefinition& variant, uint64_t seed) const {
  TrainingSettings settings = variant.train->settings;
  settings.seed = seed;
  settings.precision = recipes_.materials().precision;
  settings.rate = definition_.rates.front();
  if (variant.train->updates_of.empty()) return settings;
  const VariantDefinition& measure = definition_.Variant(variant.train->updates_of);
  const TrainingSettings& other = measure.train->settings;
  const double batches =
      static_cast<double>(ExampleCount(measure)) / static_cast<double>(other.batch);
  settings.steps = other.steps > 0 ? other.steps : std::llround(std::floor(batches) * other.epochs);
  settings.steps = std::max<int64_t>(1, settings.steps);
  return settings;
}

std::vector<StepPointer> Layout::Examples(const VariantDefinition& variant, uint64_t seed,
                                          double share) {
  const NegativesDefinition& negatives = definition_.Negatives(variant.train->negatives);
  std::vector<StepPointer> all;
  for (const std::string& name : variant.train->sets) {
    const PreparedSet& set = SetOf(name);
    StepPointer index = Index(name);
    if (!negatives.retriever.empty()) {
      const VariantDefinition& first = definition_.Variant(negatives.retriever);
      index = recipes_.DenseIndex(set, index, Model(first, seed), Vectors(first, seed, name));
    }
    const int64_t all_of_set = AllExamplesOf(name);
    StepPointer examples = recipes_.Examples(set, Part::kTrain, negatives, index, all_of_set);
    const int64_t count = ExamplesOf(name, share * variant.train->share);
    if (count < all_of_set) examples = recipes_.Subset(examples, count);
    all.push_back(std::move(examples));
  }
  return all;
}

double Layout::TrainingTokens(const VariantDefinition& variant, double share) const {
  const TrainingSettings settings = SettingsOf(variant, 0);
  const PreparedSet& set = SetOf(variant.train->sets.front());
  const double passages = 1 + settings.hard_negatives + settings.other_negatives;
  const double each = TokensOfWords(set.question_words, settings.max_length) +
                      passages * TokensOfWords(set.passage_words, settings.max_length);
  const double examples = settings.steps > 0
                              ? static_cast<double>(settings.steps * settings.batch)
                              : settings.epochs * static_cast<double>(ExampleCount(variant));
  return share * examples * each;
}

// With one rate there is nothing to choose.
StepPointer Layout::Choice(const VariantDefinition& variant) {
  if (definition_.rates.size() < 2) return nullptr;
  const uint64_t seed = definition_.seeds.front();
  const PreparedSet& set = SetOf(variant.train->sets.front());
  NegativesDefinition dev;  // one pool for all variants
  dev.name = "BM25";
  dev.kinds = {NegativeKind::kBm25};
  dev.published = set.definition.kind == SetDefinition::Kind::kPublished;
  const StepPointer pool = recipes_.Examples(set, Part::kChoose, dev, Index(set.definition.name),
                                             definition_.choose_examples);
  const EncoderSource start = Start(variant, seed);
  const std::vector<StepPointer> examples = Examples(variant, seed, definition_.choose_share);
  std::vector<StepPointer> trials;
  for (const double rate : definition_.rates) {
    TrainingSettings settings = SettingsOf(variant, seed);
    settings.rate = rate;
    settings.dev_metric = DevMetric::kAverageRank;
    settings.average_rank_from_epoch = -1;
    settings.dev_every = std::numeric_limits<int32_t>::max();  // at the end alone
    if (settings.steps > 0) {
      const double steps = definition_.choose_share * static_cast<double>(settings.steps);
      settings.steps = std::max<int64_t>(1, std::llround(steps));
    }
    // An encoded passage costs about a quarter of one that is learned from.
    const double dev_tokens =
        static_cast<double>(definition_.choose_examples * (dev.per_question + 1)) *
        TokensOfWords(set.passage_words, settings.max_length) / 4;
    trials.push_back(
        recipes_.Trial(variant.name, start, examples, pool, settings,
                       dev_tokens + TrainingTokens(variant, definition_.choose_share)));
  }
  return recipes_.Choice(variant.name, definition_.rates, trials);
}

StepPointer Layout::Model(const VariantDefinition& variant, uint64_t seed) {
  const EncoderSource start = Start(variant, seed);
  if (!variant.train) return start.step;
  return recipes_.Trained(variant.name, start, Examples(variant, seed, 1), Choice(variant),
                          SettingsOf(variant, seed), TrainingTokens(variant, 1));
}

// A trained retriever says itself how it is read.
Reading Layout::ReadingOf(const VariantDefinition& variant) const {
  if (variant.train) return {};
  return {variant.pooling, variant.word_vectors, static_cast<int>(variant.max_length)};
}

StepPointer Layout::Vectors(const VariantDefinition& variant, uint64_t seed,
                            const std::string& set) {
  const int64_t length = variant.train ? variant.train->settings.max_length : variant.max_length;
  return recipes_.Vectors(SetOf(set), Index(set), Model(variant, seed),
                          Start(variant, seed).shape.Name(), ReadingOf(variant), length);
}

StepPointer Layout::Ranked(const VariantDefinition& variant, uint64_t seed,
                           const std::string& set) {
  if (variant.bm25) {
    return recipes_.RankedByBm25(SetOf(set), Index(set, variant.language), *variant.bm25);
  }
  if (variant.hybrid) {
    const VariantDefinition& dense = definition_.Variant(variant.hybrid->dense);
    const VariantDefinition& bm25 = definition_.Variant(variant.hybrid->bm25);
    return recipes_.RankedByBoth(SetOf(set), Index(set, bm25.language), *bm25.bm25,
                                 Model(dense, seed), Vectors(dense, seed, set), ReadingOf(dense),
                                 dense.similarity, variant.hybrid->weights);
  }
  return recipes_.RankedByVectors(SetOf(set), Index(set), Model(variant, seed),
                                  Vectors(variant, seed, set), ReadingOf(variant),
                                  variant.similarity, variant.centred);
}

}  // namespace

std::vector<StepPointer> ExperimentSteps::Goals() const {
  std::vector<StepPointer> goals;
  for (const VariantDefinition& variant : definition.variants) {
    for (const auto& [set, steps] : variants.at(variant.name).ranked) {
      goals.insert(goals.end(), steps.begin(), steps.end());
    }
  }
  return goals;
}

ExperimentSteps LayOut(const Definition& definition, const Recipes& recipes, StepStore& store) {
  return Layout(definition, recipes, store).Run();
}

}  // namespace dpr
