#include "dpr/training/gradient_cache.h"

#include <algorithm>

#include "dpr/bert/layer_threads.h"
#include "dpr/encoder/token_batches.h"

namespace dpr {

// The questions or the passages of a batch, cut into micro-batches: longest first, so that those of
// similar length stand together.
struct GradientCache::Side {
  EncoderGradient& encoder;
  const PackedTokens& texts;
  uint64_t first_number;      // dropout's name of the first text
  FloatView vectors, slopes;  // [texts, dimensions]
  TokenBatches batches = {};
  // The micro-batch at hand, which the encoder's tape refers to.
  PackedTokens batch = {};
  std::vector<uint64_t> numbers = {};

  std::span<const int64_t> Members(int64_t b) const {
    const auto begin = static_cast<size_t>(batches.begin(b));
    const std::span<const int64_t> order(batches.order);
    return order.subspan(begin, static_cast<size_t>(batches.ends[b]) - begin);
  }
  void Forward(int64_t b, const DropoutPlan& dropout, bool remember, FloatView out);
};

void GradientCache::Side::Forward(int64_t b, const DropoutPlan& dropout, bool remember,
                                  FloatView out) {
  batch.Clear();
  numbers.clear();
  for (const int64_t s : Members(b)) {
    batch.AddFrom(texts, s);
    numbers.push_back(first_number + static_cast<uint64_t>(s));
  }
  TrainingPass pass;
  pass.batch = &batch;
  pass.numbers = numbers;
  pass.dropout = dropout;
  pass.remember = remember;
  encoder.Forward(pass, out);
}

GradientCache::GradientCache(EncoderGradient& questions, EncoderGradient& passages,
                             int64_t micro_batch_tokens)
    : questions_(questions), passages_(passages), micro_batch_tokens_(micro_batch_tokens) {}

void GradientCache::ComputeVectors(Side& side, const DropoutPlan& dropout) {
  CutBatches(side.texts, micro_batch_tokens_, side.batches);
  const bool remember = side.batches.count() == 1;
  for (int64_t b = 0; b < side.batches.count(); ++b) {
    const auto members = side.Members(b);
    const FloatView out =
        Shaped(piece_, static_cast<int64_t>(members.size()), side.vectors.columns);
    side.Forward(b, dropout, remember, out);
    for (int64_t i = 0; i < out.rows; ++i) {
      std::copy_n(out.row(i), out.columns, side.vectors.row(members[i]));
    }
  }
}

void GradientCache::Backward(Side& side, const DropoutPlan& dropout, bool remembered) {
  if (side.encoder.frozen()) return;
  for (int64_t b = 0; b < side.batches.count(); ++b) {
    const auto members = side.Members(b);
    const FloatView slopes =
        Shaped(piece_, static_cast<int64_t>(members.size()), side.vectors.columns);
    if (!remembered) side.Forward(b, dropout, true, slopes);
    for (int64_t i = 0; i < slopes.rows; ++i) {
      std::copy_n(side.slopes.row(members[i]), slopes.columns, slopes.row(i));
    }
    side.encoder.Backward(slopes);
  }
}

LossResult GradientCache::AddGradients(const TokenizedBatch& batch, const LossSettings& loss,
                                       const DropoutPlan& dropout) {
  const int64_t questions = batch.questions.sequences(), passages = batch.passages.sequences();
  const int64_t size = questions_.dimensions();
  const FloatView vectors = Shaped(vectors_, questions + passages, size);
  const FloatView slopes = Shaped(slopes_, questions + passages, size);
  Side q = {questions_, batch.questions, 0, vectors.rows_from(0, questions),
            slopes.rows_from(0, questions)};
  Side p = {passages_, batch.passages, static_cast<uint64_t>(questions),
            vectors.rows_from(questions, passages), slopes.rows_from(questions, passages)};
  ComputeVectors(q, dropout);
  ComputeVectors(p, dropout);
  const LossResult result =
      ComputeLoss(loss, batch.targets, q.vectors, p.vectors, q.slopes, p.slopes);
  // The tape of an encoder holds its last micro-batch: of a shared one, the passages'.
  Backward(p, dropout, p.batches.count() == 1);
  Backward(q, dropout, q.batches.count() == 1 && &questions_ != &passages_);
  return result;
}

}  // namespace dpr
