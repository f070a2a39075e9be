// BERT (Devlin et al. 2019), the one definition: embeddings, post-norm transformer layers, optional
// tanh pooler, over packed sequences. Segment ids are all zero, as DPR trains, but in pretraining.
#pragma once

#include <cstdint>
#include <memory>

#include "dpr/bert/config.h"
#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/parameters.h"
#include "dpr/tensor/matrix.h"
#include "dpr/tensor/precision.h"

namespace dpr {

struct BertWeights;  // bert/weights.h
class Tape;          // bert/tape.h

// The buffers of one forward pass, reused from call to call: a steady state allocates nothing. One
// per thread. bert/workspace.h
struct BertWorkspace;

// Thread-safe with one workspace per thread, but for what trains it, which is for one caller.
class Bert {
 public:
  // Packs the weights, using all compute threads, and gives the pages of mapped files back; of the
  // files only the table of word pieces stays in use. The layers' matrices are kept in `precision`
  // alone, which the CPU must have; what follows the layers stays f32. Only one in f32 can be
  // trained.
  explicit Bert(const BertWeights& weights, Precision precision = Precision::kF32);
  Bert(Bert&&) noexcept;
  Bert& operator=(Bert&&) noexcept;
  ~Bert();

  // The last hidden states, [tokens, hidden], in the workspace: valid until its next use. Runs on
  // the calling thread only (callers give each thread its own packed batch), except ForwardWide.
  // Sequences have 1 to config().positions tokens with ids below config().vocabulary.
  FloatView Forward(const PackedTokens& batch, BertWorkspace& workspace) const;
  // The same bits for one small batch (a question), with all compute threads on its matrix columns.
  FloatView ForwardWide(const PackedTokens& batch, BertWorkspace& workspace) const;
  // The rows of Forward at the sequences' first tokens only, [sequences, hidden], with the same
  // bits: the last layer is spared for all other tokens.
  FloatView ForwardFirstTokens(const PackedTokens& batch, BertWorkspace& workspace) const;
  FloatView ForwardFirstTokensWide(const PackedTokens& batch, BertWorkspace& workspace) const;

  // The tanh pooler over first-token states: in [n, hidden] -> out [n, hidden]. They must not
  // overlap. The model must have one.
  void Pool(ConstFloatView first_tokens, FloatView out) const;
  bool has_pooler() const;
  // DPR's linear projection of pooled states: in [n, hidden] -> out [n, config().projection]. They
  // must not overlap. The model must have one.
  void Project(ConstFloatView pooled, FloatView out) const;
  bool has_projection() const;

  const BertConfig& config() const;

  // Training (bert_training.cc). SetPrecision: of the layers' products, f32 or bf16, over weights
  // in f32. MakeTrainable moves the parameters into one array and packs what the gradients need;
  // after each change of them ParametersChanged must be called.
  void SetPrecision(Precision precision);
  void MakeTrainable(bool with_pooler);
  const ParameterArray& parameters() const;
  // [vocabulary, hidden]: the table of word pieces, in the array of the parameters once trainable.
  ConstFloatView WordTable() const;
  void ParametersChanged();
  // The forward pass with dropout, on all compute threads: tape.states(). Without dropout it has
  // Forward's and ForwardFirstTokens' bits. tape.Begin must have been called.
  FloatView Forward(Tape& tape) const;
  // Adds the gradients of all parameters to `gradients`, an array like parameters(), given the
  // slopes of tape.states(), which it changes.
  void Backward(Tape& tape, FloatView d_states, std::span<float> gradients) const;
  // Pool and Project backward: from the slopes of `out` to those of `in`, [n, hidden].
  void PoolBackward(ConstFloatView first_tokens, ConstFloatView pooled, FloatView d_pooled,
                    FloatView d_first_tokens, std::span<float> gradients) const;
  void ProjectBackward(ConstFloatView pooled, ConstFloatView d_projected, FloatView d_pooled,
                       std::span<float> gradients) const;
  // An array like parameters() as named tensors, and back. Parameters that are not in the array (a
  // pooler that is not trained) are themselves, if the array is parameters(), else left empty.
  BertWeights Unpack(std::span<const float> array) const;
  void Pack(const BertWeights& weights, std::span<float> array) const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace dpr
