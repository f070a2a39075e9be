// The variants of an experiment file.
#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/experiments/definition_parts.h"
#include "dpr/experiments/settings_patch.h"

namespace dpr {
namespace {

class VariantReader {
 public:
  VariantReader(CheckedObject& document, const Definition& definition)
      : definition_(definition),
        base_(PatchedSettings(TrainingSettings(), document.Object("settings"))),
        sets_(NamesIn(definition.sets)),
        variants_(document.Object("variants").Names()) {}

  VariantDefinition Read(const std::string& name, CheckedObject& object) const;

 private:
  void ReadBm25(CheckedObject& object, VariantDefinition& variant) const;
  void ReadHybrid(CheckedObject& object, VariantDefinition& variant) const;
  void ReadEncoder(CheckedObject& object, VariantDefinition& variant) const;
  TrainDefinition ReadTraining(CheckedObject object) const;
  std::vector<std::string> Sets(CheckedObject& object, const std::string& member) const;

  const Definition& definition_;
  const TrainingSettings base_;
  const std::vector<std::string> sets_, variants_;
};

std::vector<std::string> VariantReader::Sets(CheckedObject& object,
                                             const std::string& member) const {
  std::vector<std::string> names = object.Texts(member);
  for (const std::string& name : names) object.RequireKnown(member, "set", name, sets_);
  return names;
}

void VariantReader::ReadBm25(CheckedObject& object, VariantDefinition& variant) const {
  CheckedObject bm25 = object.Object("bm25");
  variant.bm25.emplace();
  variant.bm25->k1 = bm25.Number("k1", variant.bm25->k1);
  variant.bm25->b = bm25.Number("b", variant.bm25->b);
  variant.language = bm25.Text("language", variant.language);
  try {
    CheckBm25Parameters(*variant.bm25);
  } catch (const Error& error) {
    object.Fail("bm25", error.problem(), error.hint());
  }
  bm25.Finish();
}

void VariantReader::ReadHybrid(CheckedObject& object, VariantDefinition& variant) const {
  CheckedObject hybrid = object.Object("hybrid");
  HybridDefinition& parts = variant.hybrid.emplace();
  parts.dense = hybrid.Text("dense");
  parts.bm25 = hybrid.Text("bm25");
  hybrid.RequireKnown("dense", "variant", parts.dense, variants_);
  hybrid.RequireKnown("bm25", "variant", parts.bm25, variants_);
  parts.weights = hybrid.Numbers("weights");
  if (parts.weights.empty()) parts.weights = {.1, .2, .3, .4, .5, .6, .7, .8, .9};
  for (const double weight : parts.weights) {
    if (weight < 0 || weight > 1) hybrid.Fail("weights", "a weight is from 0 to 1");
  }
  hybrid.Finish();
}

TrainDefinition VariantReader::ReadTraining(CheckedObject object) const {
  TrainDefinition train;
  train.sets = Sets(object, "sets");
  if (train.sets.empty()) train.sets = {sets_.front()};
  train.negatives = object.Text("negatives");
  object.RequireKnown("negatives", "entry of `negatives`", train.negatives,
                      NamesIn(definition_.negatives));
  train.share = object.Number("share", 1);
  if (train.share <= 0 || train.share > 1) {
    object.Fail("share", "this must be above 0 and at most 1");
  }
  train.updates_of = object.Text("updates_of", "");
  if (!train.updates_of.empty()) {
    object.RequireKnown("updates_of", "variant", train.updates_of, variants_);
  }
  train.settings = PatchedSettings(base_, object.Object("settings"));
  train.settings_json = SettingsJson(train.settings);
  const bool published = definition_.Negatives(train.negatives).published;
  for (const std::string& name : train.sets) {
    const bool split = definition_.Set(name).kind == SetDefinition::Kind::kPublished;
    if (split == published) continue;
    object.Fail(
        "negatives",
        "published negatives, and they alone, go with published sets, unlike `" + name + "`");
  }
  object.Finish();
  return train;
}

void VariantReader::ReadEncoder(CheckedObject& object, VariantDefinition& variant) const {
  variant.encoder = object.Text("encoder");
  object.RequireKnown("encoder", "encoder", variant.encoder, NamesIn(definition_.encoders));
  if (object.Has("train")) {
    variant.train = ReadTraining(object.Object("train"));
    return;
  }
  const std::string pooling = object.Text("pooling", "");
  variant.word_vectors = pooling == "words";
  if (!pooling.empty() && !variant.word_vectors) {
    object.RequireKnown("pooling", "pooling", pooling,
                        std::vector<std::string>{"cls", "mean", "pooler", "words"});
    variant.pooling = ParsePooling(pooling);
  }
  const std::string similarity = object.Text("similarity", "");
  if (!similarity.empty()) {
    object.RequireKnown("similarity", "similarity", similarity,
                        std::vector<std::string>{"dot", "cosine", "l2"});
    variant.similarity = ParseSimilarity(similarity);
  }
  variant.centred = object.Flag("centred", false);
  variant.max_length = base_.max_length;
}

VariantDefinition VariantReader::Read(const std::string& name, CheckedObject& object) const {
  VariantDefinition variant;
  variant.name = name;
  variant.title = object.Text("title", name);
  variant.tests = Sets(object, "tests");
  if (variant.tests.empty()) variant.tests = sets_;
  if (object.Has("bm25")) {
    ReadBm25(object, variant);
  } else if (object.Has("hybrid")) {
    ReadHybrid(object, variant);
  } else {
    ReadEncoder(object, variant);
  }
  return variant;
}

// What names of variants mean where they stand.
void CheckRoles(const std::vector<VariantDefinition>& variants, const Definition& definition,
                CheckedObject& document) {
  const auto find = [&](const std::string& name) {
    return *std::find_if(variants.begin(), variants.end(),
                         [&](const VariantDefinition& v) { return v.name == name; });
  };
  const auto fail = [&](const std::string& variant, const std::string& problem) {
    document.Object("variants").Fail(variant, problem);
  };
  for (const VariantDefinition& variant : variants) {
    if (variant.hybrid) {
      const VariantDefinition dense = find(variant.hybrid->dense);
      if (dense.encoder.empty()) fail(variant.name, "its dense part is no encoder");
      if (dense.centred) fail(variant.name, "a hybrid of centred vectors is not possible");
      if (!find(variant.hybrid->bm25).bm25) fail(variant.name, "its BM25 part is not BM25");
    }
    if (!variant.train) continue;
    const std::string& retriever = definition.Negatives(variant.train->negatives).retriever;
    if (!retriever.empty()) {
      const VariantDefinition first = find(retriever);
      const bool again =
          first.train && !definition.Negatives(first.train->negatives).retriever.empty();
      if (!first.train || again) {
        fail(variant.name, "its negatives must come from a variant of a first round of training");
      }
    }
    if (variant.train->updates_of.empty()) continue;
    const VariantDefinition measure = find(variant.train->updates_of);
    if (!measure.train || !measure.train->updates_of.empty()) {
      fail(variant.name, "`updates_of` must name a variant that trains by epochs");
    }
  }
}

}  // namespace

std::vector<VariantDefinition> ReadVariants(CheckedObject& document, const Definition& definition) {
  const VariantReader reader(document, definition);
  std::vector<VariantDefinition> variants;
  document.ForEach("variants", [&](const std::string& name, CheckedObject& object) {
    variants.push_back(reader.Read(name, object));
  });
  if (variants.empty()) document.Fail("", "`variants` is missing");
  CheckRoles(variants, definition, document);
  return variants;
}

}  // namespace dpr
