// The sizes of a BERT, from the config.json that Hugging Face's transformers writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dpr/base/file.h"

namespace dpr {

// What a folder's config.json says its weights are, which decides the class that `transformers`
// takes for it and the names of the tensors.
enum class BertArchitecture { kBert, kBertForPreTraining, kDprQuestionEncoder, kDprContextEncoder };

struct BertConfig {
  int64_t vocabulary = 0;    // vocab_size: rows of the table of word pieces
  int64_t hidden = 0;        // hidden_size
  int64_t layers = 0;        // num_hidden_layers
  int64_t heads = 0;         // num_attention_heads
  int64_t intermediate = 0;  // intermediate_size: width of the feed-forward layer
  int64_t positions = 0;     // max_position_embeddings: the longest sequence
  int64_t segments = 0;      // type_vocab_size
  int64_t projection = 0;    // projection_dim of DPR: size of the vectors; 0 for none
  float layer_norm_epsilon = 1e-12f;

  int64_t head_size() const { return hidden / heads; }

  // kUnsupported, by name, for another architecture, another activation than gelu (the erf form),
  // relative positions or a decoder; kInvalid for sizes that make no BERT.
  static BertConfig Read(const Path& file);
  static BertConfig Parse(std::string_view text, const std::string& where);
  // A config.json that Read() and `transformers` take. A plain BERT has no projection.
  std::string ToJson(BertArchitecture architecture) const;
};

}  // namespace dpr
