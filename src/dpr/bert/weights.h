// The parameters of a BERT by the names that Hugging Face's files give them. One table of names
// and shapes (BertWeights::Slots) drives reading and writing.
#pragma once

#include <string>
#include <vector>

#include "dpr/bert/config.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

// y = x weight^T + bias; weight [outputs, inputs], bias [outputs]. Empty where the model has none.
struct LinearWeights {
  FloatTensor weight, bias;
  bool empty() const { return weight.empty(); }
};

struct LayerNormWeights {
  FloatTensor gamma, beta;  // [hidden]
};

struct EmbeddingWeights {
  FloatTensor word;      // [vocabulary, hidden]
  FloatTensor position;  // [positions, hidden]
  FloatTensor segment;   // [segments, hidden]
  LayerNormWeights norm;
};

struct SelfAttentionWeights {
  LinearWeights query, key, value, output;  // [hidden, hidden]
  LayerNormWeights norm;
};

struct FeedForwardWeights {
  LinearWeights intermediate;  // [intermediate, hidden]
  LinearWeights output;        // [hidden, intermediate]
  LayerNormWeights norm;
};

struct LayerWeights {
  SelfAttentionWeights attention;
  FeedForwardWeights feed_forward;
};

struct BertWeights {
  BertConfig config;
  EmbeddingWeights embeddings;
  std::vector<LayerWeights> layers;
  LinearWeights pooler;      // [hidden, hidden]; files may lack it
  LinearWeights projection;  // [projection, hidden]; DPR's encode_proj, when the config has one

  // The parameters of `config` in `stored`, checked: kInvalid naming the tensor that is missing, of
  // another shape than `config` wants, or not finite. The names may be those of a BertModel
  // ("embeddings..."), of a model with a head ("bert."), of DPR ("question_encoder.bert_model.",
  // "ctx_encoder.bert_model.") or of sentence-transformers ("0.auto_model."); tensors that a
  // sentence's vector does not need are left alone. Uses all compute threads.
  static BertWeights FromTensors(const StoredTensors& stored, const BertConfig& config,
                                 const std::string& where);
  // config.json and the weights of a folder.
  static BertWeights FromFolder(const Path& folder);

  // One row of the table: a parameter's name below the prefix, and its shape.
  struct Slot {
    std::string name;
    Shape shape;
    bool required;
    FloatTensor* tensor;
  };
  // All of `config`'s parameters in the order of the layers; sizes `layers` to fit.
  std::vector<Slot> Slots();
};

// Fills slots by their full names, checked like the above.
void FillFromTensors(const std::vector<BertWeights::Slot>& slots, const StoredTensors& stored,
                     const std::string& where);

// NAME.weight of `shape` [outputs, inputs] and, with `has_bias`, NAME.bias; checked like the above.
LinearWeights LinearFromTensors(const StoredTensors& stored, const std::string& name,
                                const Shape& shape, bool has_bias, const std::string& where);

}  // namespace dpr
