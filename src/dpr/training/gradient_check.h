// Is the gradient cache exact on this data and model? One batch, its gradients once in one piece
// and once in several micro-batches, dropout on, tensor by tensor; and, as a witness that knows no
// backward pass, how the loss changes along the gradient. In f32: bf16 would round away what is
// looked for.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/training/trainer.h"

namespace dpr {

struct TensorCheck {
  std::string name;         // "question.encoder.layer.0.attention.self.query.weight"
  double norm = 0;          // of the whole batch's gradient
  double error = 0;         // norm of the difference, relative to `norm`
  bool negligible = false;  // the norm is rounding: what should be zero is, beside all others
  bool missing = false;     // nothing but zeros, where there must be slopes
  bool holds = false;
};

struct GradientCheck {
  std::vector<TensorCheck> tensors;
  int64_t questions = 0, passages = 0, tokens = 0, micro_batches = 0;
  double loss = 0, norm = 0;
  double slope = 0, difference_quotient = 0;  // along the gradient
  double tolerance = 1e-5, slope_tolerance = 0.02;

  bool slope_holds() const;
  bool holds() const;
};

// The first batch that `request` would train on.
GradientCheck CheckGradients(const TrainingRequest& request, Progress& progress);

}  // namespace dpr
