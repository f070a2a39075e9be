#include "dpr/training/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "dpr/bert/weights.h"
#include "dpr/encoder/token_batches.h"
#include "dpr/training/batches.h"
#include "dpr/training/gradient_cache.h"
#include "dpr/training/training_model.h"
#include "dpr/training/training_run.h"

namespace dpr {
namespace {

constexpr int64_t kWhole = int64_t{1} << 40;
constexpr int64_t kPieces = 5;  // of the passages, at least

double Norm(std::span<const float> x) {
  double sum = 0;
  for (const float v : x) sum += double{v} * double{v};
  return std::sqrt(sum);
}

double Distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::pow(double{a[i]} - double{b[i]}, 2);
  return std::sqrt(sum);
}

// An encoder that is trained, and its gradients of the whole batch.
struct NamedEncoder {
  std::string name;
  EncoderGradient* encoder;
  std::vector<float> whole = {};

  std::span<float> gradients() const { return encoder->gradients(); }
};

// A pooler that is not asked takes no part. The keys' biases have slopes of rounding only.
bool TakesPart(const std::string& name, Pooling pooling) {
  return pooling == Pooling::kPooler || !name.starts_with("pooler.");
}
bool MayBeZero(const std::string& name) { return name.ends_with("key.bias"); }

void CompareTensors(NamedEncoder& named, double all, Pooling pooling, GradientCheck& check) {
  BertWeights parts = named.encoder->bert().Unpack(named.gradients());
  BertWeights whole = named.encoder->bert().Unpack(named.whole);
  const auto part_slots = parts.Slots();
  const auto whole_slots = whole.Slots();
  for (size_t i = 0; i < whole_slots.size(); ++i) {
    const FloatTensor& expected = *whole_slots[i].tensor;
    if (expected.empty() || !TakesPart(whole_slots[i].name, pooling)) continue;
    TensorCheck tensor;
    tensor.name = named.name + "." + whole_slots[i].name;
    tensor.norm = Norm(expected.values());
    const double distance = Distance(part_slots[i].tensor->values(), expected.values());
    tensor.negligible = tensor.norm < check.tolerance * all;
    tensor.error = distance / (tensor.negligible ? all : tensor.norm);
    tensor.missing = tensor.norm == 0 && !MayBeZero(tensor.name);
    tensor.holds = tensor.error <= check.tolerance && !tensor.missing;
    check.tensors.push_back(tensor);
  }
}

// The loss along the gradient's direction, from both sides.
template <typename Loss>
void CompareSlope(std::vector<NamedEncoder>& encoders, const Loss& loss, GradientCheck& check) {
  // So far that the loss changes by a hundredth: far above its rounding, still nearly straight.
  const double step = 0.01 / check.norm;
  std::vector<std::vector<float>> start;
  for (const NamedEncoder& named : encoders) {
    const std::span<float> values = named.encoder->bert().parameters().all();
    start.emplace_back(values.begin(), values.end());
  }
  const auto loss_at = [&](double distance) {
    for (size_t e = 0; e < encoders.size(); ++e) {
      const std::span<float> values = encoders[e].encoder->bert().parameters().all();
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(start[e][i] + distance * encoders[e].whole[i] / check.norm);
      }
    }
    return loss();
  };
  check.slope = check.norm;
  check.difference_quotient = (loss_at(step) - loss_at(-step)) / (2 * step);
  loss_at(0);
}

}  // namespace

bool GradientCheck::slope_holds() const {
  return std::abs(difference_quotient - slope) <= slope_tolerance * std::abs(slope);
}

bool GradientCheck::holds() const {
  return slope_holds() && std::all_of(tensors.begin(), tensors.end(),
                                      [](const TensorCheck& tensor) { return tensor.holds; });
}

GradientCheck CheckGradients(const TrainingRequest& asked, Progress& progress) {
  TrainingRequest request = asked;
  request.settings.precision = Precision::kF32;
  const TrainingSettings& settings = request.settings;
  const TrainingData data = OpenTrainingData(request, progress);
  const BatchOrder order(data.sets, settings);
  RequireSomethingToLearn(data, order, request);
  TrainingModel model(request);
  std::vector<NamedEncoder> encoders;
  for (const auto& named : model.Trained()) encoders.push_back({named.name, named.encoder});
  BatchCounts counts;
  const BatchBuilder builder(data.sets, settings, *model.retriever().questions.encoder,
                             *model.retriever().passages.encoder);
  const StepExamples first = order.Epoch(0).front();
  const TokenizedBatch batch = builder.Build(first, 0, counts);
  const DropoutPlan dropout = {settings.dropout, settings.dropout, settings.seed, 0};
  GradientCheck check;
  check.questions = batch.questions.sequences();
  check.passages = batch.passages.sequences();
  check.tokens = batch.tokens();
  const auto run = [&](int64_t micro_batch_tokens) {
    for (NamedEncoder& named : encoders) {
      std::fill(named.gradients().begin(), named.gradients().end(), 0.0f);
    }
    return GradientCache(model.questions(), model.passages(), micro_batch_tokens)
        .AddGradients(batch, settings.loss, dropout);
  };
  progress.Stage("checking gradients", 5, "batches");
  check.loss = run(kWhole).loss;
  progress.Advance(1);
  for (NamedEncoder& named : encoders) {
    named.whole.assign(named.gradients().begin(), named.gradients().end());
    check.norm = std::hypot(check.norm, Norm(named.whole));
  }
  const int64_t piece = std::max<int64_t>(1, batch.passages.tokens() / kPieces);
  TokenBatches pieces;
  CutBatches(batch.passages, piece, pieces);
  check.micro_batches = pieces.count();
  run(piece);
  progress.Advance(1);
  for (NamedEncoder& named : encoders) CompareTensors(named, check.norm, settings.pooling, check);
  CompareSlope(
      encoders,
      [&] {
        progress.Advance(1);
        return run(kWhole).loss;
      },
      check);
  return check;
}

}  // namespace dpr
