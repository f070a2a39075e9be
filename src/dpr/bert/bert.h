// BERT (Devlin et al. 2019), the one definition: embeddings, post-norm transformer layers, optional
// tanh pooler, over packed sequences. Segment ids are all zero, as DPR trains (reference/dpr: 1.3).
#pragma once

#include <memory>
#include <vector>

#include "dpr/bert/config.h"
#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/weights.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// The buffers of one forward pass, reused from call to call: a steady state allocates nothing. One
// per thread.
class BertWorkspace;

// Immutable after construction and thread-safe with one workspace per thread.
class Bert {
 public:
  explicit Bert(const BertWeights& weights);
  Bert(Bert&&) noexcept;
  Bert& operator=(Bert&&) noexcept;
  ~Bert();

  // The last hidden states, [tokens, hidden], in the workspace: valid until its next use. Runs on
  // the calling thread only (callers give each thread its own packed batch), except ForwardWide.
  FloatView Forward(const PackedTokens& batch, BertWorkspace& workspace) const;
  // The same bits for one small batch (a question), with all compute threads on its matrix columns.
  FloatView ForwardWide(const PackedTokens& batch, BertWorkspace& workspace) const;
  // The tanh pooler over first-token states: in [n, hidden] -> out [n, hidden]. kUnsupported when
  // the model has none.
  void Pool(ConstFloatView first_tokens, FloatView out) const;
  bool has_pooler() const;
  const BertConfig& config() const;

 private:
  struct Layers;
  std::unique_ptr<const Layers> layers_;
};

}  // namespace dpr
