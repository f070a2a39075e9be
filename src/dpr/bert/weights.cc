#include "dpr/bert/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/bert/json.h"
#include "dpr/bert/model_tensors.h"

namespace dpr {
namespace {

constexpr const char* kWordTable = "embeddings.word_embeddings.weight";
constexpr const char* kProjection = "encode_proj.";

// Where a file keeps a BERT's tensors, and where the projection beside it.
struct Prefix {
  const char* bert;
  const char* projection;
};
constexpr Prefix kPrefixes[] = {
    {"", ""},
    {"bert.", ""},
    {"bert_model.", ""},
    {"question_encoder.bert_model.", "question_encoder."},
    {"ctx_encoder.bert_model.", "ctx_encoder."},
    {"0.auto_model.", ""},
};

Prefix FindPrefix(const StoredTensors& stored, const std::string& where) {
  for (const Prefix& prefix : kPrefixes) {
    if (stored.Find(prefix.bert + std::string(kWordTable)) != nullptr) return prefix;
  }
  const std::string first = stored.tensors.empty() ? "" : stored.tensors.begin()->first;
  throw Error(
      ErrorCode::kInvalid,
      fmt::format("no tensor is called `{}`, under any prefix that BERT's weights come with "
                  "(the first of {} tensors is `{}`)",
                  kWordTable, stored.tensors.size(), first),
      where, "Give the weights of a BERT encoder");
}

// The name that TensorFlow's BERT gave a layer norm's parameters, still found in older files.
std::optional<std::string> OldName(const std::string& name) {
  for (const auto& [now, then] : {std::pair("LayerNorm.weight", "LayerNorm.gamma"),
                                  std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
    if (name.ends_with(now)) return name.substr(0, name.size() - std::string(now).size()) + then;
  }
  return std::nullopt;
}

std::string FullName(const Prefix& prefix, const std::string& name) {
  return (name.starts_with(kProjection) ? prefix.projection : prefix.bert) + name;
}

const StoredTensor* FindTensor(const StoredTensors& stored, const std::string& name) {
  if (const StoredTensor* found = stored.Find(name)) return found;
  const auto old = OldName(name);
  return old ? stored.Find(*old) : nullptr;
}

// A slot with the stored tensor that fills it.
struct Filling {
  FloatTensor* tensor;
  const StoredTensor* stored;
};

std::vector<Filling> MatchSlots(const std::vector<BertWeights::Slot>& slots, const Prefix& prefix,
                                const StoredTensors& stored, const std::string& where) {
  std::vector<Filling> fillings;
  for (const BertWeights::Slot& slot : slots) {
    const std::string name = FullName(prefix, slot.name);
    const StoredTensor* found = FindTensor(stored, name);
    if (found == nullptr && !slot.required) continue;
    if (found == nullptr) {
      throw Error(
          ErrorCode::kInvalid,
          fmt::format("the tensor `{}` of shape {} is missing", name, ShapeName(slot.shape)), where,
          "Do config.json and the weights belong together?");
    }
    if (found->shape != slot.shape) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("the tensor `{}` has the shape {}, where config.json asks for {}",
                              found->name, ShapeName(found->shape), ShapeName(slot.shape)),
                  found->file->path().string(), "Do config.json and the weights belong together?");
    }
    *slot.tensor = FloatTensor(*found);
    fillings.push_back({slot.tensor, found});
  }
  return fillings;
}

// Converts what needs it and looks at every value, in pieces that all threads share.
void FillAndCheck(const std::vector<Filling>& fillings) {
  constexpr int64_t kPiece = 1 << 18;
  struct Piece {
    size_t filling;
    int64_t begin, count, bad;
  };
  std::vector<Piece> pieces;
  for (size_t i = 0; i < fillings.size(); ++i) {
    const int64_t size = fillings[i].tensor->size();
    for (int64_t begin = 0; begin < size; begin += kPiece) {
      pieces.push_back({i, begin, std::min(kPiece, size - begin), -1});
    }
  }
  ParallelFor(static_cast<int64_t>(pieces.size()), 1, [&](int64_t i) {
    Piece& piece = pieces[static_cast<size_t>(i)];
    const Filling& filling = fillings[piece.filling];
    filling.tensor->ConvertRange(*filling.stored, piece.begin, piece.count);
    piece.bad = filling.tensor->FirstNonFinite(piece.begin, piece.count);
  });
  for (const Piece& piece : pieces) {
    if (piece.bad < 0) continue;
    const Filling& filling = fillings[piece.filling];
    throw Error(ErrorCode::kInvalid,
                fmt::format("the tensor `{}` holds {} at element {}", filling.stored->name,
                            filling.tensor->data()[piece.bad], piece.bad),
                filling.stored->file->path().string(),
                "The weights are damaged, or their training diverged");
  }
}

void RequireWhole(const LinearWeights& linear, const char* name, const std::string& where) {
  if (linear.weight.empty() == linear.bias.empty()) return;
  throw Error(ErrorCode::kInvalid,
              fmt::format("of the tensors `{0}.weight` and `{0}.bias` only one is there", name),
              where, kModelFileHint);
}

}  // namespace

std::vector<BertWeights::Slot> BertWeights::Slots() {
  const int64_t hidden = config.hidden;
  layers.resize(static_cast<size_t>(config.layers));
  std::vector<Slot> slots;
  const auto linear = [&](const std::string& name, LinearWeights& weights, int64_t outputs,
                          int64_t inputs, bool required = true) {
    slots.push_back({name + ".weight", {outputs, inputs}, required, &weights.weight});
    slots.push_back({name + ".bias", {outputs}, required, &weights.bias});
  };
  const auto norm = [&](const std::string& name, LayerNormWeights& weights) {
    slots.push_back({name + ".LayerNorm.weight", {hidden}, true, &weights.gamma});
    slots.push_back({name + ".LayerNorm.bias", {hidden}, true, &weights.beta});
  };
  slots.push_back({kWordTable, {config.vocabulary, hidden}, true, &embeddings.word});
  slots.push_back({"embeddings.position_embeddings.weight",
                   {config.positions, hidden},
                   true,
                   &embeddings.position});
  slots.push_back({"embeddings.token_type_embeddings.weight",
                   {config.segments, hidden},
                   true,
                   &embeddings.segment});
  norm("embeddings", embeddings.norm);
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string layer = fmt::format("encoder.layer.{}.", i);
    SelfAttentionWeights& attention = layers[i].attention;
    linear(layer + "attention.self.query", attention.query, hidden, hidden);
    linear(layer + "attention.self.key", attention.key, hidden, hidden);
    linear(layer + "attention.self.value", attention.value, hidden, hidden);
    linear(layer + "attention.output.dense", attention.output, hidden, hidden);
    norm(layer + "attention.output", attention.norm);
    FeedForwardWeights& feed_forward = layers[i].feed_forward;
    linear(layer + "intermediate.dense", feed_forward.intermediate, config.intermediate, hidden);
    linear(layer + "output.dense", feed_forward.output, hidden, config.intermediate);
    norm(layer + "output", feed_forward.norm);
  }
  linear("pooler.dense", pooler, hidden, hidden, false);
  if (config.projection > 0) linear("encode_proj", projection, config.projection, hidden);
  return slots;
}

BertWeights BertWeights::FromTensors(const StoredTensors& stored, const BertConfig& config,
                                     const std::string& where) {
  BertWeights weights;
  weights.config = config;
  FillAndCheck(MatchSlots(weights.Slots(), FindPrefix(stored, where), stored, where));
  RequireWhole(weights.pooler, "pooler.dense", where);
  return weights;
}

void FillFromTensors(const std::vector<BertWeights::Slot>& slots, const StoredTensors& stored,
                     const std::string& where) {
  FillAndCheck(MatchSlots(slots, {"", ""}, stored, where));
}

LinearWeights LinearFromTensors(const StoredTensors& stored, const std::string& name,
                                const Shape& shape, bool has_bias, const std::string& where) {
  LinearWeights linear;
  std::vector<BertWeights::Slot> slots = {{name + ".weight", shape, true, &linear.weight}};
  if (has_bias) slots.push_back({name + ".bias", {shape[0]}, true, &linear.bias});
  FillFromTensors(slots, stored, where);
  return linear;
}

BertWeights BertWeights::FromFolder(const Path& folder) {
  const BertConfig config = BertConfig::Read(folder / "config.json");
  return FromTensors(OpenModelTensors(folder), config, folder.string());
}

}  // namespace dpr
