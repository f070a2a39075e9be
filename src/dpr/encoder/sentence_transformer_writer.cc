#include "dpr/encoder/sentence_transformer_writer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

void WriteJson(const Path& file, const Json& json) {
  CreateFolder(file.parent_path());
  WriteFileAtomically(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

// Collects modules.json while the folders of the modules are written.
class Modules {
 public:
  // The folder of the next module; the first, the Transformer, is in the root.
  Path Add(const Path& root, const std::string& kind) {
    const size_t index = list_.size();
    const std::string path = index == 0 ? "" : fmt::format("{}_{}", index, kind);
    list_.push_back({{"idx", index},
                     {"name", std::to_string(index)},
                     {"path", path},
                     {"type", "sentence_transformers.models." + kind}});
    return path.empty() ? root : root / path;
  }
  const Json& list() const { return list_; }

 private:
  Json list_ = Json::array();
};

Json PoolingJson(Pooling pooling, int64_t hidden) {
  DPR_CHECK(pooling != Pooling::kPooler);
  return {{"word_embedding_dimension", hidden},
          {"pooling_mode_cls_token", pooling == Pooling::kCls},
          {"pooling_mode_mean_tokens", pooling == Pooling::kMean},
          {"pooling_mode_max_tokens", false},
          {"pooling_mode_mean_sqrt_len_tokens", false},
          {"pooling_mode_weightedmean_tokens", false},
          {"pooling_mode_lasttoken", false},
          {"include_prompt", true}};
}

void WriteDense(const Path& folder, const EncoderToWrite& encoder) {
  WriteJson(folder / "config.json", {{"in_features", encoder.config.hidden},
                                     {"out_features", encoder.config.projection},
                                     {"bias", true},
                                     {"activation_function", "torch.nn.modules.linear.Identity"}});
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& tensor : encoder.tensors) {
    if (!tensor.name.starts_with("encode_proj.")) continue;
    const std::string name = "linear." + tensor.name.substr(tensor.name.find('.') + 1);
    tensors.push_back({name, tensor.shape, tensor.values});
  }
  // A projection without bias, as sentence-transformers may have, adds zeros.
  const std::vector<float> zeros(static_cast<size_t>(encoder.config.projection));
  if (tensors.size() == 1) tensors.push_back({"linear.bias", {encoder.config.projection}, zeros});
  WriteSafetensors(folder / "model.safetensors", tensors);
}

Json ConfigJson(const RetrieverJson& retriever) {
  Json config = {{"default_prompt_name", nullptr}, {"prompts", Json::object()}};
  if (!retriever.question_prompt.empty() || !retriever.passage_prompt.empty()) {
    config["prompts"] = {{"query", retriever.question_prompt},
                         {"document", retriever.passage_prompt}};
  }
  switch (retriever.similarity) {
    case Similarity::kDot:
      config["similarity_fn_name"] = "dot";
      break;
    case Similarity::kCosine:
      config["similarity_fn_name"] = "cosine";
      break;
    case Similarity::kL2:
      config["similarity_fn_name"] = "euclidean";
      break;
  }
  return config;
}

}  // namespace

void WriteSentenceTransformer(const Path& folder, const EncoderToWrite& encoder,
                              const RetrieverJson& retriever) {
  Modules modules;
  WriteEncoder(modules.Add(folder, "Transformer"), encoder, BertArchitecture::kBert, false);
  WriteJson(folder / "sentence_bert_config.json",
            {{"max_seq_length", retriever.passage_max_length}, {"do_lower_case", false}});
  WriteJson(modules.Add(folder, "Pooling") / "config.json",
            PoolingJson(retriever.pooling, encoder.config.hidden));
  if (encoder.config.projection > 0) WriteDense(modules.Add(folder, "Dense"), encoder);
  if (retriever.normalize) CreateFolder(modules.Add(folder, "Normalize"));
  WriteJson(folder / "config_sentence_transformers.json", ConfigJson(retriever));
  WriteJson(folder / "modules.json", modules.list());
}

}  // namespace dpr
