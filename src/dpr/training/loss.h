// What training minimises, over the scores of every question of a batch with every passage of it
// (Karpukhin et al. 2020, section 3.2 and appendix B).
//
// Scores of question q and passage p:
//   dot         q . p
//   cosine      scale * q . p / (|q| |p|), the norms at least 1e-12
//   l2          -sqrt(|q - p|^2 + 1e-6): the epsilon keeps the slope finite where they meet
//   l2-squared  -|q - p|^2
// Losses, each the mean over the questions, i's positive being p_i and its other candidates the
// negatives:
//   nll      -log(exp s(q_i, p_i) / sum over candidates of exp s(q_i, p))
//   triplet  max(0, margin - s(q_i, p_i) + s(q_i, p)), averaged over i's negatives, or of the
//            hardest of them only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/matrix.h"

namespace dpr {

enum class TrainingSimilarity { kDot, kCosine, kL2, kL2Squared };
enum class LossKind { kNll, kTriplet };

struct LossSettings {
  TrainingSimilarity similarity = TrainingSimilarity::kDot;
  LossKind loss = LossKind::kNll;
  double scale = 20;          // of cosine
  bool learn_scale = false;   // the scale's logarithm is learned with the weights
  double margin = 1;          // of triplet
  bool hardest_only = false;  // of triplet
  double weight = 1;          // of the loss, in the gradients
};

// Which passages a question competes with.
struct LossTargets {
  std::vector<int64_t> positive;  // [questions]: the row of each one's positive
  std::vector<char> candidate;    // [questions * passages]: takes part; a positive always does

  bool IsCandidate(int64_t question, int64_t passage, int64_t passages) const {
    return candidate[static_cast<size_t>(question * passages + passage)] != 0;
  }
};

struct LossResult {
  int64_t questions = 0;
  double loss = 0;          // mean over the questions
  int64_t correct = 0;      // questions whose positive scores above all their negatives
  int64_t not_finite = -1;  // the first question whose loss is no number, if there is one
  double d_log_scale = 0;
  // Of the scores: the mean of the positives', the mean and the deviation of the negatives'.
  double positive_mean = 0, negative_mean = 0, negative_deviation = 0;
};

// questions [n, d], passages [m, d]; d_questions, d_passages alike: the slopes of the loss, or
// empty when they are not wanted. Uses all compute threads; the bits do not depend on their number.
LossResult ComputeLoss(const LossSettings& settings, const LossTargets& targets,
                       ConstFloatView questions, ConstFloatView passages, FloatView d_questions,
                       FloatView d_passages);

// One question's scores with every passage, in order. Not for cosine: normalise, and it is dot.
std::vector<double> ScoresOf(const LossSettings& settings, const float* question,
                             ConstFloatView passages);

}  // namespace dpr
