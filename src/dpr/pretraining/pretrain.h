// Learning from text alone, from its files to a model's folder: masked language modelling with
// next-sentence prediction, or contrastive learning from a passage's own parts. Both go on after a
// kill like `dpr train`, whose loop they run in.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/data/passage_source.h"
#include "dpr/pretraining/crop_examples.h"
#include "dpr/pretraining/language_model_settings.h"
#include "dpr/training/trainer.h"

namespace dpr {

struct PretrainingRequest {
  std::vector<Path> texts;  // what `dpr index` takes, and collections
  SourceOptions source;     // how documents are cut
  double held_out = 0.01;   // share of the articles that is measured on
  // Passages that this must make: fewer choose by chance, and then none is held back and the last
  // weights are the result.
  int64_t fewest_held_out = 200;
  // What it starts from: a model; or random weights of this shape (else small) and this vocabulary
  // (else one learned from the texts, of `pieces`).
  std::optional<Path> model, config, vocabulary;
  int64_t pieces = 30'522;
  uint64_t seed = 12345;  // of random weights
  Path out;
  std::optional<Path> log;       // a second copy of the log
  int64_t checkpoint_every = 0;  // steps; 0: every ten minutes
  std::string command, version;  // of the program, for the log
};

// The folder becomes a BertForPreTraining: a plain BERT for all that reads one, with its heads
// beside it. kUsage when the model is no single BERT. Other errors: the files', RunTrainingLoop's.
LoopOutcome PretrainLanguageModel(const PretrainingRequest& request,
                                  const LanguageModelSettings& settings,
                                  const std::atomic<bool>& stop, Progress& progress);

// The settings of a contrastive run that leave `model` what it is: its pooling, its similarity, one
// encoder or two.
TrainingSettings ContrastiveSettings(const std::optional<Path>& model);

// The folder becomes a retriever. Takes about `tokens` tokens in: settings.steps follows.
TrainingOutcome PretrainContrastive(const PretrainingRequest& request, const CropSettings& crops,
                                    TrainingSettings settings, int64_t tokens,
                                    const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
