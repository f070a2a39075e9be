// How each step of an experiment is made, and what its result depends on. A recipe gives a step
// that can be planned and made later; none does any work itself, but for hashing a given model.
//
// Results, within a step's folder: Index `collection/`; Examples and Subset `examples.jsonl`;
// Encoder `model/` or `given.json`; Trained `retriever/`; Choice `choice.json`; Vectors
// `vectors.f32` (and `idf.f32`); Ranked `ranks.json`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpr/bert/config.h"
#include "dpr/experiments/definition.h"
#include "dpr/experiments/prepared_set.h"
#include "dpr/experiments/ranks.h"
#include "dpr/experiments/step.h"
#include "dpr/tensor/precision.h"

namespace dpr {

// What experiments are run with.
struct Materials {
  Path data;
  std::optional<Path> model;  // the real encoder, whose vocabulary the others have too
  Precision precision = Precision::kF32;
};

// What an encoder's speed depends on.
struct EncoderShape {
  BertConfig config;
  Path vocabulary;  // a folder with tokenizer files

  std::string Name() const;  // "4x256": layers and hidden size
};

// An encoder that untrained variants and training start from.
struct EncoderSource {
  StepPointer step;
  EncoderShape shape;
};

// How an untrained encoder is read.
struct Reading {
  std::optional<Pooling> pooling;
  bool word_vectors = false;
  int max_length = 0;  // 0: as the folder says
};

class Recipes {
 public:
  explicit Recipes(Materials materials) : materials_(std::move(materials)) {}
  const Materials& materials() const { return materials_; }

  StepPointer Index(const PreparedSet& set, const std::string& language) const;
  // The same passages with a trained retriever's vectors too.
  StepPointer DenseIndex(const PreparedSet& set, const StepPointer& index,
                         const StepPointer& trained, const StepPointer& vectors) const;
  // `count` examples of `part`. `index`: Index or DenseIndex.
  StepPointer Examples(const PreparedSet& set, Part part, const NegativesDefinition& negatives,
                       const StepPointer& index, int64_t count) const;
  StepPointer Subset(const StepPointer& examples, int64_t count) const;

  // Why an encoder cannot be had here; empty when it can.
  std::string Missing(const Definition& definition, const EncoderDefinition& encoder) const;
  // `seed`: of random weights.
  EncoderSource Encoder(const Definition& definition, const EncoderDefinition& encoder,
                        uint64_t seed) const;

  // Training with one learning rate on some examples, to see how well it does on `dev`. `name`: of
  // the variant, for the progress.
  StepPointer Trial(const std::string& name, const EncoderSource& encoder,
                    const std::vector<StepPointer>& examples, const StepPointer& dev,
                    const TrainingSettings& settings, double tokens) const;
  // The rate of the trial with the lowest average rank.
  StepPointer Choice(const std::string& name, const std::vector<double>& rates,
                     const std::vector<StepPointer>& trials) const;
  // `choice`: null takes settings.rate.
  StepPointer Trained(const std::string& name, const EncoderSource& encoder,
                      const std::vector<StepPointer>& examples, const StepPointer& choice,
                      const TrainingSettings& settings, double tokens) const;

  // All passages of an Index with an untrained or a trained encoder. `length`: tokens that it reads
  // of a text, for the forecast.
  StepPointer Vectors(const PreparedSet& set, const StepPointer& index, const StepPointer& model,
                      const std::string& shape, const Reading& reading, int64_t length) const;

  // The test questions of a set, ranked and judged.
  StepPointer RankedByBm25(const PreparedSet& set, const StepPointer& index,
                           const Bm25Parameters& parameters) const;
  StepPointer RankedByVectors(const PreparedSet& set, const StepPointer& index,
                              const StepPointer& model, const StepPointer& vectors,
                              const Reading& reading, std::optional<Similarity> similarity,
                              bool centred) const;
  StepPointer RankedByBoth(const PreparedSet& set, const StepPointer& index,
                           const Bm25Parameters& parameters, const StepPointer& model,
                           const StepPointer& vectors, const Reading& reading,
                           std::optional<Similarity> similarity,
                           const std::vector<double>& weights) const;

 private:
  EncoderSource Pretrained(const Definition& definition, const EncoderDefinition& encoder) const;
  std::shared_ptr<RankJudge> JudgeOf(const Path& collection, MatchMode match) const;

  Materials materials_;
  // The last collection's judge, kept for the next list.
  struct KeptJudge {
    Path collection;
    MatchMode match = MatchMode::kString;
    std::shared_ptr<RankJudge> judge;
  };
  std::shared_ptr<KeptJudge> kept_ = std::make_shared<KeptJudge>();
};

// Where the model of a step's result is, that is an Encoder's or a Trained.
Path ModelFolder(const Path& result);
// Tokens that a text of so many words makes, about.
double TokensOfWords(double words, int64_t max_length);

}  // namespace dpr
