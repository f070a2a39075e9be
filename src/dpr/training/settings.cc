#include "dpr/training/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

template <typename T>
struct Named {
  T value;
  const char* name;
};

constexpr Named<TrainingSimilarity> kSimilarities[] = {
    {TrainingSimilarity::kDot, "dot"},
    {TrainingSimilarity::kCosine, "cosine"},
    {TrainingSimilarity::kL2, "l2"},
    {TrainingSimilarity::kL2Squared, "l2-squared"},
};
constexpr Named<LossKind> kLosses[] = {{LossKind::kNll, "nll"}, {LossKind::kTriplet, "triplet"}};
constexpr Named<Frozen> kFrozen[] = {
    {Frozen::kNone, "none"}, {Frozen::kQuestion, "question"}, {Frozen::kPassage, "passage"}};
constexpr Named<DevMetric> kDevMetrics[] = {{DevMetric::kNll, "nll"},
                                            {DevMetric::kAverageRank, "average-rank"},
                                            {DevMetric::kAccuracy, "accuracy"}};

template <typename T, size_t n>
std::string NameOf(const Named<T> (&table)[n], T value) {
  for (const Named<T>& entry : table) {
    if (entry.value == value) return entry.name;
  }
  DPR_CHECK(false);
}

template <typename T, size_t n>
T Parse(const Named<T> (&table)[n], std::string_view name, const char* what) {
  std::string names;
  for (const Named<T>& entry : table) {
    if (entry.name == name) return entry.value;
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("`{}` is no {}", name, what), {},
              "Choose one of " + names);
}

// Batch 128 as 8 GPUs make it of 16 each. There the passages of other GPUs are constants, so that
// each gradient, averaged over the GPUs, is 1/8 of the batch's: clipping at 2 clips the batch's at
// 16. Adam itself does not see the factor.
TrainingSettings DprNq() {
  TrainingSettings settings;
  settings.preset = "dpr-nq";
  settings.epochs = 40;
  settings.batch = 128;
  settings.mask_false_negatives = false;
  settings.rate = 2e-5;
  settings.warmup = 1237;
  settings.optimizer.clip = 16;
  settings.dev_metric = DevMetric::kNll;
  settings.average_rank_from_epoch = 30;
  return settings;
}

}  // namespace

int64_t TrainingSettings::WarmupSteps(int64_t all_steps) const {
  if (warmup >= 1) return static_cast<int64_t>(warmup);
  return static_cast<int64_t>(std::llround(warmup * static_cast<double>(all_steps)));
}

TrainingSettings PresetSettings(std::string_view name) {
  if (name == "dpr-small") return TrainingSettings();
  if (name == "dpr-nq") return DprNq();
  throw Error(ErrorCode::kUsage, fmt::format("there is no preset `{}`", name), {},
              "Choose dpr-small or dpr-nq");
}

std::vector<std::string> PresetNames() { return {"dpr-small", "dpr-nq"}; }

std::string SettingsJson(const TrainingSettings& s) {
  const nlohmann::ordered_json json = {
      {"preset", s.preset},
      {"epochs", s.epochs},
      {"steps", s.steps},
      {"batch", s.batch},
      {"hard_negatives", s.hard_negatives},
      {"other_negatives", s.other_negatives},
      {"in_batch", s.in_batch},
      {"sample_positives", s.sample_positives},
      {"mask_false_negatives", s.mask_false_negatives},
      {"similarity", TrainingSimilarityName(s.loss.similarity)},
      {"scale", s.loss.scale},
      {"learn_scale", s.loss.learn_scale},
      {"loss", LossKindName(s.loss.loss)},
      {"margin", s.loss.margin},
      {"hardest_only", s.loss.hardest_only},
      {"pooling", PoolingName(s.pooling)},
      {"max_length", s.max_length},
      {"projection", s.projection},
      {"share", s.share},
      {"freeze", FrozenName(s.frozen)},
      {"dropout", s.dropout},
      {"precision", PrecisionName(s.precision)},
      {"micro_batch_tokens", s.micro_batch_tokens},
      {"lr", s.rate},
      {"warmup", s.warmup},
      {"beta1", s.optimizer.beta1},
      {"beta2", s.optimizer.beta2},
      {"epsilon", s.optimizer.epsilon},
      {"weight_decay", s.optimizer.decay},
      {"clip", s.optimizer.clip},
      {"seed", s.seed},
      {"dev_metric", DevMetricName(s.dev_metric)},
      {"average_rank_from_epoch", s.average_rank_from_epoch},
      {"dev_every", s.dev_every},
      {"patience", s.patience},
  };
  return json.dump();
}

std::vector<std::string> SettingsDifferences(const std::string& here, const std::string& there) {
  using Json = nlohmann::ordered_json;
  const Json a = Json::parse(here), b = Json::parse(there);
  std::vector<std::string> differences;
  const auto text = [](const Json& object, const std::string& name) {
    return object.contains(name) ? object.at(name).dump() : "none";
  };
  const auto add = [&](const std::string& name) {
    if (text(a, name) == text(b, name)) return;
    differences.push_back(fmt::format("{}: {}, {}", name, text(a, name), text(b, name)));
  };
  for (const auto& [name, value] : a.items()) add(name);
  for (const auto& [name, value] : b.items()) {
    if (!a.contains(name)) add(name);
  }
  return differences;
}

std::string TrainingSimilarityName(TrainingSimilarity similarity) {
  return NameOf(kSimilarities, similarity);
}
TrainingSimilarity ParseTrainingSimilarity(std::string_view name) {
  return Parse(kSimilarities, name, "similarity");
}
std::string LossKindName(LossKind loss) { return NameOf(kLosses, loss); }
LossKind ParseLossKind(std::string_view name) { return Parse(kLosses, name, "loss"); }
std::string FrozenName(Frozen frozen) { return NameOf(kFrozen, frozen); }
Frozen ParseFrozen(std::string_view name) { return Parse(kFrozen, name, "encoder"); }
std::string DevMetricName(DevMetric metric) { return NameOf(kDevMetrics, metric); }
DevMetric ParseDevMetric(std::string_view name) { return Parse(kDevMetrics, name, "dev metric"); }

}  // namespace dpr
