#include "dpr/training/loss.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

constexpr double kL2Epsilon = 1e-6;
constexpr float kSmallestNorm = 1e-12f;

// The vectors that are compared, and how a slope by them becomes one by the encoders' vectors.
class Compared {
 public:
  Compared(ConstFloatView vectors, bool normalize) : view_(vectors) {
    if (!normalize) return;
    matrix_ = Matrix(vectors.rows, vectors.columns);
    for (int64_t i = 0; i < vectors.rows; ++i) {
      const float norm =
          std::max(std::sqrt(Dot(vectors.row(i), vectors.row(i), vectors.columns)), kSmallestNorm);
      norms_.push_back(norm);
      for (int64_t c = 0; c < vectors.columns; ++c) matrix_.row(i)[c] = vectors.row(i)[c] / norm;
    }
    view_ = matrix_.view();
  }

  ConstFloatView view() const { return view_; }

  // d of row i, in place: of u = x / |x|, d_x = (d_u - u (u . d_u)) / |x|.
  void SlopeOfRow(int64_t i, std::span<float> d) const {
    if (norms_.empty()) return;
    const float* unit = view_.row(i);
    const float along = Dot(unit, d.data(), view_.columns);
    for (size_t c = 0; c < d.size(); ++c) d[c] = (d[c] - unit[c] * along) / norms_[i];
  }

 private:
  ConstFloatView view_;
  Matrix matrix_;
  std::vector<float> norms_;
};

double ScoreOf(const LossSettings& settings, const float* q, const float* p, int64_t size) {
  switch (settings.similarity) {
    case TrainingSimilarity::kDot:
      return Dot(q, p, size);
    case TrainingSimilarity::kCosine:
      return settings.scale * double{Dot(q, p, size)};
    case TrainingSimilarity::kL2:
      return -std::sqrt(double{SquaredDistance(q, p, size)} + kL2Epsilon);
    case TrainingSimilarity::kL2Squared:
      break;
  }
  return -double{SquaredDistance(q, p, size)};
}

// One question's scores, its part of the loss, and the slopes of the whole loss by its scores.
struct Row {
  std::vector<double> scores, slopes;  // [passages]; slopes 0 for those that take no part
  double loss = 0;
  bool correct = false;
};

void NllSlopes(const LossTargets& targets, int64_t i, Row& row) {
  const auto passages = static_cast<int64_t>(row.scores.size());
  const int64_t positive = targets.positive[i];
  double largest = -INFINITY, sum = 0;
  for (int64_t j = 0; j < passages; ++j) {
    if (targets.IsCandidate(i, j, passages)) largest = std::max(largest, row.scores[j]);
  }
  for (int64_t j = 0; j < passages; ++j) {
    if (targets.IsCandidate(i, j, passages)) sum += std::exp(row.scores[j] - largest);
  }
  row.loss = std::log(sum) + largest - row.scores[positive];
  for (int64_t j = 0; j < passages; ++j) {
    if (targets.IsCandidate(i, j, passages)) {
      row.slopes[j] = std::exp(row.scores[j] - largest) / sum;
    }
  }
  row.slopes[positive] -= 1;
}

void TripletSlopes(const LossSettings& settings, const LossTargets& targets, int64_t i, Row& row) {
  const auto passages = static_cast<int64_t>(row.scores.size());
  const int64_t positive = targets.positive[i];
  std::vector<int64_t> negatives;
  for (int64_t j = 0; j < passages; ++j) {
    if (j != positive && targets.IsCandidate(i, j, passages)) negatives.push_back(j);
  }
  if (settings.hardest_only && negatives.size() > 1) {
    negatives = {*std::max_element(negatives.begin(), negatives.end(), [&](int64_t a, int64_t b) {
      return row.scores[a] < row.scores[b];
    })};
  }
  for (const int64_t j : negatives) {
    const double share = 1.0 / static_cast<double>(negatives.size());
    const double excess = settings.margin - row.scores[positive] + row.scores[j];
    if (excess <= 0) continue;
    row.loss += share * excess;
    row.slopes[j] += share;
    row.slopes[positive] -= share;
  }
}

Row ComputeRow(const LossSettings& settings, const LossTargets& targets, ConstFloatView q,
               ConstFloatView p, int64_t i) {
  Row row;
  row.scores.resize(static_cast<size_t>(p.rows));
  row.slopes.resize(row.scores.size());
  for (int64_t j = 0; j < p.rows; ++j) {
    row.scores[j] = ScoreOf(settings, q.row(i), p.row(j), q.columns);
  }
  if (settings.loss == LossKind::kNll) {
    NllSlopes(targets, i, row);
  } else {
    TripletSlopes(settings, targets, i, row);
  }
  const double best = row.scores[targets.positive[i]];
  row.correct = true;
  for (int64_t j = 0; j < p.rows; ++j) {
    if (j != targets.positive[i] && targets.IsCandidate(i, j, p.rows) && row.scores[j] >= best) {
      row.correct = false;
    }
  }
  for (double& slope : row.slopes) slope *= settings.weight / static_cast<double>(q.rows);
  return row;
}

// d += slope * (the slope of the score by x, for the pair x, other).
void AddSlope(const LossSettings& settings, double slope, double score, const float* x,
              const float* other, std::span<float> d) {
  if (slope == 0) return;
  switch (settings.similarity) {
    case TrainingSimilarity::kDot:
    case TrainingSimilarity::kCosine: {
      const bool cosine = settings.similarity == TrainingSimilarity::kCosine;
      const auto by = static_cast<float>(cosine ? slope * settings.scale : slope);
      for (size_t c = 0; c < d.size(); ++c) d[c] += by * other[c];
      return;
    }
    case TrainingSimilarity::kL2:
    case TrainingSimilarity::kL2Squared: {
      // Of -sqrt(|x - other|^2 + e) it is (other - x) / sqrt(...), which is (x - other) / score.
      const bool root = settings.similarity == TrainingSimilarity::kL2;
      const auto by = static_cast<float>(root ? -slope / score : 2 * slope);
      for (size_t c = 0; c < d.size(); ++c) d[c] += by * (other[c] - x[c]);
      return;
    }
  }
}

void AddStatistics(const std::vector<Row>& rows, const LossTargets& targets, LossResult& result) {
  double sum = 0, squares = 0, count = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto passages = static_cast<int64_t>(rows[i].scores.size());
    for (int64_t j = 0; j < passages; ++j) {
      if (j == targets.positive[i]) {
        result.positive_mean += rows[i].scores[j] / static_cast<double>(rows.size());
      } else if (targets.IsCandidate(static_cast<int64_t>(i), j, passages)) {
        sum += rows[i].scores[j];
        squares += rows[i].scores[j] * rows[i].scores[j];
        ++count;
      }
    }
  }
  if (count == 0) return;
  result.negative_mean = sum / count;
  result.negative_deviation =
      std::sqrt(std::max(0.0, squares / count - result.negative_mean * result.negative_mean));
}

}  // namespace

LossResult ComputeLoss(const LossSettings& settings, const LossTargets& targets,
                       ConstFloatView questions, ConstFloatView passages, FloatView d_questions,
                       FloatView d_passages) {
  DPR_CHECK(questions.columns == passages.columns && questions.rows >= 1);
  DPR_CHECK(static_cast<int64_t>(targets.positive.size()) == questions.rows);
  DPR_CHECK(static_cast<int64_t>(targets.candidate.size()) == questions.rows * passages.rows);
  const bool cosine = settings.similarity == TrainingSimilarity::kCosine;
  const Compared q(questions, cosine), p(passages, cosine);
  std::vector<Row> rows(static_cast<size_t>(questions.rows));
  ParallelFor(questions.rows, 1,
              [&](int64_t i) { rows[i] = ComputeRow(settings, targets, q.view(), p.view(), i); });

  LossResult result;
  result.questions = questions.rows;
  for (const Row& row : rows) {
    if (!std::isfinite(row.loss) && result.not_finite < 0) result.not_finite = &row - rows.data();
    result.loss += row.loss / static_cast<double>(questions.rows);
    result.correct += row.correct ? 1 : 0;
    for (size_t j = 0; cosine && j < row.scores.size(); ++j) {
      result.d_log_scale += row.slopes[j] * row.scores[j];
    }
  }
  AddStatistics(rows, targets, result);
  if (d_questions.data == nullptr) return result;

  ParallelFor(questions.rows, 1, [&](int64_t i) {
    const std::span<float> d = d_questions.row_span(i);
    std::fill(d.begin(), d.end(), 0.0f);
    for (int64_t j = 0; j < passages.rows; ++j) {
      AddSlope(settings, rows[i].slopes[j], rows[i].scores[j], q.view().row(i), p.view().row(j), d);
    }
    q.SlopeOfRow(i, d);
  });
  ParallelFor(passages.rows, 1, [&](int64_t j) {
    const std::span<float> d = d_passages.row_span(j);
    std::fill(d.begin(), d.end(), 0.0f);
    for (int64_t i = 0; i < questions.rows; ++i) {
      AddSlope(settings, rows[i].slopes[j], rows[i].scores[j], p.view().row(j), q.view().row(i), d);
    }
    p.SlopeOfRow(j, d);
  });
  return result;
}

std::vector<double> ScoresOf(const LossSettings& settings, const float* question,
                             ConstFloatView passages) {
  DPR_CHECK(settings.similarity != TrainingSimilarity::kCosine);
  std::vector<double> scores;
  for (int64_t j = 0; j < passages.rows; ++j) {
    scores.push_back(ScoreOf(settings, question, passages.row(j), passages.columns));
  }
  return scores;
}

}  // namespace dpr
