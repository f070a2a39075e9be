#include "dpr/training/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/data/passage_key.h"
#include "dpr/tensor/ops.h"
#include "dpr/training/batches.h"
#include "dpr/training/loss.h"
#include "dpr/training/random_streams.h"

namespace dpr {
namespace {

constexpr size_t kPoolNegatives = 30;  // of each kind
constexpr size_t kSlice = 256;         // texts that are encoded before the next look at `stop`

// Passages of equal title and text are one.
class PassagePool {
 public:
  explicit PassagePool(std::vector<Passage>& pool) : pool_(pool) {}

  int64_t Add(const TrainingPassage& passage) {
    const auto [entry, added] =
        places_.try_emplace(PassageKey(passage), static_cast<int64_t>(pool_.size()));
    if (added) pool_.push_back({"", passage.title, passage.text, ""});
    return entry->second;
  }
  void AddSome(const std::vector<TrainingPassage>& passages) {
    for (size_t i = 0; i < std::min(passages.size(), kPoolNegatives); ++i) Add(passages[i]);
  }

 private:
  std::vector<Passage>& pool_;
  std::map<uint64_t, int64_t> places_;
};

// False when it was stopped.
template <typename Text, typename Encode>
bool EncodeSlices(std::span<const Text> texts, FloatView out, const char* what,
                  const std::atomic<bool>& stop, Progress& progress, const Encode& encode) {
  for (size_t begin = 0; begin < texts.size(); begin += kSlice) {
    if (stop) return false;
    progress.Detail(fmt::format("evaluating: {} of {} {} encoded", begin, texts.size(), what));
    const size_t count = std::min(kSlice, texts.size() - begin);
    encode(texts.subspan(begin, count),
           out.rows_from(static_cast<int64_t>(begin), static_cast<int64_t>(count)));
  }
  return !stop;
}

}  // namespace

double DevScores::Value(DevMetric metric) const {
  switch (metric) {
    case DevMetric::kNll:
      return nll;
    case DevMetric::kAverageRank:
      return average_rank;
    case DevMetric::kAccuracy:
      break;
  }
  return accuracy_5;
}

// A vector that is no number beats no other and would be the best of all by its rank; but its loss
// is no number either.
bool DevScores::finite() const { return std::isfinite(nll) && std::isfinite(average_rank); }

bool IsBetter(DevMetric metric, double value, double best) {
  return metric == DevMetric::kAccuracy ? value > best : value < best;
}

Validation::Validation(const ExampleSource& dev, const TrainingSettings& settings, int64_t most)
    : settings_(settings) {
  PassagePool pool(pool_);
  BatchCounts ignored;
  // By chance, since neighbours in a file are often about one passage: no fair opponents.
  std::vector<int64_t> order(static_cast<size_t>(dev.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  CounterRandom(settings.seed, kDevStream).Shuffle(std::span(order));
  order.resize(static_cast<size_t>(std::min(dev.size(), most)));
  for (const int64_t i : order) {
    const TrainingExample example = dev.Read(i, 0);
    questions_.push_back(example.question.text);
    positive_.push_back(pool.Add(example.positives[0]));
    batched_.emplace_back();
    TrainingSettings first = settings;
    first.sample_positives = false;
    for (const TrainingPassage& passage :
         ChoosePassages(example, first, 0, static_cast<uint64_t>(i), ignored)) {
      batched_.back().push_back(pool.Add(passage));
    }
  }
  in_batches_ = this->pool();
  for (const int64_t i : order) {
    const TrainingExample example = dev.Read(i, 0);
    pool.AddSome(example.hard_negatives);
    pool.AddSome(example.negatives);
  }
}

LossResult Validation::BatchLoss(const LossSettings& loss, ConstFloatView questions,
                                 ConstFloatView pool, int64_t begin, int64_t count) const {
  LossTargets targets;
  std::vector<int64_t> rows;
  for (int64_t i = begin; i < begin + count; ++i) {
    targets.positive.push_back(static_cast<int64_t>(rows.size()));
    rows.insert(rows.end(), batched_[i].begin(), batched_[i].end());
  }
  Matrix batch(static_cast<int64_t>(rows.size()), pool.columns);
  for (size_t j = 0; j < rows.size(); ++j) {
    std::copy_n(pool.row(rows[j]), pool.columns, batch.row(static_cast<int64_t>(j)));
  }
  targets.candidate.assign(static_cast<size_t>(count) * rows.size(), settings_.in_batch ? 1 : 0);
  for (int64_t i = 0; i < count; ++i) {
    const auto own =
        targets.candidate.begin() + i * static_cast<int64_t>(rows.size()) + targets.positive[i];
    std::fill_n(own, batched_[begin + i].size(), 1);
  }
  return ComputeLoss(loss, targets, questions.rows_from(begin, count), batch.view(), {}, {});
}

void Validation::AddBatches(LossSettings loss, ConstFloatView questions, ConstFloatView pool,
                            DevScores& scores) const {
  for (int64_t begin = 0; begin < scores.questions; begin += settings_.batch) {
    const int64_t count = std::min(settings_.batch, scores.questions - begin);
    const LossResult result = BatchLoss(loss, questions, pool, begin, count);
    scores.nll += result.loss * static_cast<double>(count);
    scores.accuracy += static_cast<double>(result.correct);
  }
  scores.nll /= static_cast<double>(scores.questions);
  scores.accuracy /= static_cast<double>(scores.questions);
}

void Validation::AddRanks(LossSettings loss, ConstFloatView questions, FloatView pool,
                          DevScores& scores) const {
  if (loss.similarity == TrainingSimilarity::kCosine) {  // the order of normalised vectors' dot
    loss.similarity = TrainingSimilarity::kDot;
    for (int64_t j = 0; j < scores.pool; ++j) NormalizeInPlace(pool.row_span(j));
  }
  std::vector<int64_t> ranks(static_cast<size_t>(scores.questions));
  ParallelFor(scores.questions, 1, [&](int64_t i) {
    const std::vector<double> all = ScoresOf(loss, questions.row(i), pool);
    const double own = all[positive_[i]];
    for (int64_t j = 0; j < scores.pool; ++j) {
      if (all[j] > own || (all[j] == own && j < positive_[i])) ++ranks[i];
    }
  });
  for (const int64_t rank : ranks) {
    scores.average_rank += static_cast<double>(rank);
    scores.accuracy_1 += rank < 1 ? 1 : 0;
    scores.accuracy_5 += rank < 5 ? 1 : 0;
    scores.accuracy_20 += rank < 20 ? 1 : 0;
  }
  for (double* value :
       {&scores.average_rank, &scores.accuracy_1, &scores.accuracy_5, &scores.accuracy_20}) {
    *value /= static_cast<double>(scores.questions);
  }
}

std::optional<DevScores> Validation::Run(const Encoder& questions, const Encoder& passages,
                                         double scale, DevMetric metric,
                                         const std::atomic<bool>& stop, Progress& progress) const {
  const bool ranks = metric != DevMetric::kNll;
  const std::span<const Passage> wanted =
      std::span(pool_).first(static_cast<size_t>(ranks ? pool() : in_batches_));
  Matrix q(this->questions(), questions.dimensions());
  Matrix p(static_cast<int64_t>(wanted.size()), passages.dimensions());
  const bool encoded =
      EncodeSlices(std::span<const std::string>(questions_), q.view(), "questions", stop, progress,
                   [&](auto texts, FloatView out) { questions.EncodeTexts(texts, out); }) &&
      EncodeSlices(wanted, p.view(), "passages", stop, progress,
                   [&](auto texts, FloatView out) { passages.EncodePassages(texts, out); });
  if (!encoded) return std::nullopt;
  LossSettings loss = settings_.loss;
  loss.scale = scale;
  DevScores scores;
  scores.questions = this->questions();
  scores.pool = ranks ? pool() : 0;
  AddBatches(loss, q.view(), p.view(), scores);
  if (ranks) AddRanks(loss, q.view(), p.view(), scores);
  return scores;
}

}  // namespace dpr
