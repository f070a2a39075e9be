#include "dpr/training/optimizer.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/threads.h"
#include "dpr/tensor/gradients.h"

namespace dpr {
namespace {

constexpr int64_t kPiece = 1 << 16;  // floats that a thread takes at a time
constexpr double kLeastRate = 1e-7;
constexpr double kClipEpsilon = 1e-6;

int64_t Pieces(int64_t size) { return (size + kPiece - 1) / kPiece; }

}  // namespace

double LinearSchedule::At(int64_t step) const {
  if (step < warmup) {
    return rate * static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, warmup));
  }
  const double left = static_cast<double>(steps - step);
  return rate *
         std::max(kLeastRate, left / static_cast<double>(std::max<int64_t>(1, steps - warmup)));
}

OptimizedArray::OptimizedArray(const ParameterArray& array, std::span<float> gradient)
    : parameters(&array), gradients(gradient) {
  std::fill_n(means.Reserve(gradient.size()), gradient.size(), 0.0f);
  std::fill_n(squares.Reserve(gradient.size()), gradient.size(), 0.0f);
}

void Optimizer::Add(const ParameterArray& parameters, std::span<float> gradients) {
  arrays_.push_back(std::make_unique<OptimizedArray>(parameters, gradients));
}

double Optimizer::GradientNorm() const {
  double sum = learn_number_ ? number_.gradient * number_.gradient : 0.0;
  for (const auto& array : arrays_) {
    const auto size = static_cast<int64_t>(array->gradients.size());
    std::vector<double> partial(static_cast<size_t>(Pieces(size)));
    ParallelFor(Pieces(size), 1, [&](int64_t i) {
      const float* x = array->gradients.data() + i * kPiece;
      partial[i] = Dot(x, x, std::min(kPiece, size - i * kPiece));
    });
    for (const double value : partial) sum += value;
  }
  return std::sqrt(sum);
}

void Optimizer::Step(int64_t t, double rate, double norm) {
  const double correction1 = 1 - std::pow(settings_.beta1, static_cast<double>(t));
  const double correction2 = 1 - std::pow(settings_.beta2, static_cast<double>(t));
  const double clip =
      settings_.clip > 0 ? std::min(1.0, settings_.clip / (norm + kClipEpsilon)) : 1.0;
  AdamWStep step;
  step.clip = static_cast<float>(clip);
  step.beta1 = static_cast<float>(settings_.beta1);
  step.beta2 = static_cast<float>(settings_.beta2);
  step.rate = static_cast<float>(rate / correction1);
  step.square_scale = static_cast<float>(1 / std::sqrt(correction2));
  step.epsilon = static_cast<float>(settings_.epsilon);

  struct Piece {
    OptimizedArray* array;
    int64_t begin, size;
    bool decays;
  };
  std::vector<Piece> pieces;
  for (const auto& array : arrays_) {
    for (const ParameterRange& range : array->parameters->ranges) {
      for (int64_t at = 0; at < range.size; at += kPiece) {
        pieces.push_back(
            {array.get(), range.begin + at, std::min(kPiece, range.size - at), range.decays});
      }
    }
  }
  ParallelFor(static_cast<int64_t>(pieces.size()), 4, [&](int64_t i) {
    const Piece& piece = pieces[i];
    AdamWStep own = step;
    own.decay = piece.decays ? static_cast<float>(1 - rate * settings_.decay) : 1.0f;
    const auto part = [&](std::span<float> all) {
      return all.subspan(static_cast<size_t>(piece.begin), static_cast<size_t>(piece.size));
    };
    AdamW(own, part(piece.array->parameters->all()), part(piece.array->gradients),
          part(piece.array->mean()), part(piece.array->square()));
  });
  if (!learn_number_) return;
  OptimizedNumber& n = number_;
  const double g = n.gradient * clip;
  n.mean = settings_.beta1 * n.mean + (1 - settings_.beta1) * g;
  n.square = settings_.beta2 * n.square + (1 - settings_.beta2) * g * g;
  n.value -= rate / correction1 * n.mean / (std::sqrt(n.square / correction2) + settings_.epsilon);
  n.gradient = 0;
}

}  // namespace dpr
