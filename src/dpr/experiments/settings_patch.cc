#include "dpr/experiments/settings_patch.h"

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

// A value by its name; the parser's own error says which there are.
template <typename T>
void Set(CheckedObject& patch, const std::string& name, T (*parse)(std::string_view), T& setting) {
  if (!patch.Has(name)) return;
  const std::string text = patch.Text(name);
  try {
    setting = parse(text);
  } catch (const Error& error) {
    patch.Fail(name, error.problem(), error.hint());
  }
}

void PatchLoss(CheckedObject& patch, LossSettings& loss) {
  Set(patch, "similarity", ParseTrainingSimilarity, loss.similarity);
  Set(patch, "loss", ParseLossKind, loss.loss);
  loss.scale = patch.Number("scale", loss.scale);
  loss.learn_scale = patch.Flag("learn_scale", loss.learn_scale);
  loss.margin = patch.Number("margin", loss.margin);
  loss.hardest_only = patch.Flag("hardest_only", loss.hardest_only);
  if (loss.scale <= 0) patch.Fail("scale", "this must be above 0");
}

void PatchCompetition(CheckedObject& patch, TrainingSettings& s) {
  s.hard_negatives = static_cast<int>(patch.Integer("hard_negatives", s.hard_negatives));
  s.other_negatives = static_cast<int>(patch.Integer("other_negatives", s.other_negatives));
  s.in_batch = patch.Flag("in_batch", s.in_batch);
  s.sample_positives = patch.Flag("sample_positives", s.sample_positives);
  s.mask_false_negatives = patch.Flag("mask_false_negatives", s.mask_false_negatives);
}

}  // namespace

TrainingSettings PatchedSettings(const TrainingSettings& base, CheckedObject patch) {
  TrainingSettings s = base;
  Set(patch, "preset", PresetSettings, s);
  s.epochs = patch.Number("epochs", s.epochs);
  s.steps = patch.Integer("steps", s.steps);
  s.batch = patch.Integer("batch", s.batch, 1);
  PatchCompetition(patch, s);
  PatchLoss(patch, s.loss);
  Set(patch, "pooling", ParsePooling, s.pooling);
  Set(patch, "freeze", ParseFrozen, s.frozen);
  s.max_length = patch.Integer("max_length", s.max_length);
  s.projection = patch.Integer("projection", s.projection);
  s.share = patch.Flag("share", s.share);
  s.dropout = patch.Number("dropout", s.dropout);
  s.warmup = patch.Number("warmup", s.warmup);
  s.optimizer.decay = patch.Number("weight_decay", s.optimizer.decay);
  s.optimizer.clip = patch.Number("clip", s.optimizer.clip);
  if (s.epochs <= 0) patch.Fail("epochs", "this must be above 0");
  if (s.dropout < 0 || s.dropout >= 1) patch.Fail("dropout", "this must be from 0 to below 1");
  patch.Finish();
  return s;
}

}  // namespace dpr
