// Writes a folder that sentence-transformers loads (versions 2 to 6 read this, the older form):
//
//   modules.json                        what a text goes through, in order
//   config.json, model.safetensors, the tokenizer's files        the BERT
//   sentence_bert_config.json           the maximum length
//   1_Pooling/config.json               cls or mean
//   2_Dense/config.json, model.safetensors    the projection, where there is one
//   N_Normalize/                        where vectors are brought to length 1
//   config_sentence_transformers.json   prompts and similarity
#pragma once

#include "dpr/base/file.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/encoder/retriever_writer.h"

namespace dpr {

// `retriever` gives pooling (not the pooler), normalisation, similarity, prompts, and the length of
// passages. The folder must be there.
void WriteSentenceTransformer(const Path& folder, const EncoderToWrite& encoder,
                              const RetrieverJson& retriever);

}  // namespace dpr
