#include "dpr/bert/dpr_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/bert/stored_zip.h"
#include "dpr/bert/torch_file.h"

namespace dpr {
namespace {

using Kind = PickleValue::Kind;

constexpr int64_t kHeadSize = 64;
constexpr int64_t kLargestSize = int64_t{1} << 24;

// A member of a dict, or of a DictConfig: {"_content": {name: {"_val": value}}}, each object with
// its members as its state. Null when there is none.
const PickleValue* FindParameter(const Pickle& pickle, const PickleValue* dict,
                                 std::string_view name) {
  if (dict == nullptr) return nullptr;
  if (const PickleValue* state = pickle.State(*dict)) {
    dict = pickle.Find(*state, "_content");
    if (dict == nullptr) return nullptr;
  }
  if (dict->kind != Kind::kDict && dict->kind != Kind::kCall) return nullptr;
  const PickleValue* value = pickle.Find(*dict, name);
  const PickleValue* node = value == nullptr ? nullptr : pickle.State(*value);
  const PickleValue* inside = node == nullptr ? nullptr : pickle.Find(*node, "_val");
  return inside == nullptr ? value : inside;
}

std::optional<int64_t> Integer(const PickleValue* value) {
  if (value == nullptr || value->kind != Kind::kInteger) return std::nullopt;
  return value->integer;
}

std::string Text(const PickleValue* value) {
  return value == nullptr || value->kind != Kind::kText ? std::string() : std::string(value->text);
}

void ReadFields(const Pickle& pickle, DprCheckpoint& checkpoint) {
  const PickleValue& root = pickle.at(pickle.root);
  if (root.kind != Kind::kDict && root.kind != Kind::kCall) return;
  const size_t first = root.kind == Kind::kCall ? 2 : 0;
  for (size_t i = first; i + 1 < root.items.size(); i += 2) {
    const PickleValue& name = pickle.item(root, i);
    if (name.kind == Kind::kText) checkpoint.fields.emplace_back(name.text);
  }
  checkpoint.epoch = Integer(pickle.Find(root, "epoch"));
  checkpoint.offset = Integer(pickle.Find(root, "offset"));
  const PickleValue* params = pickle.Find(root, "encoder_params");
  const PickleValue* encoder = FindParameter(pickle, params, "encoder");
  const auto find = [&](std::string_view name) {
    const PickleValue* outer = FindParameter(pickle, params, name);
    return outer != nullptr ? outer : FindParameter(pickle, encoder, name);
  };
  const PickleValue* lower = find("do_lower_case");
  if (lower != nullptr && lower->kind == Kind::kBoolean) {
    checkpoint.do_lower_case = lower->integer != 0;
  }
  checkpoint.projection = Integer(find("projection_dim"));
  checkpoint.sequence_length = Integer(find("sequence_length"));
  checkpoint.pretrained_model = Text(find("pretrained_model_cfg"));
  checkpoint.encoder_type = Text(find("encoder_model_type"));
}

bool HasAny(const StoredTensors& tensors, const std::string& prefix) {
  const auto found = tensors.tensors.lower_bound(prefix);
  return found != tensors.tensors.end() && found->first.starts_with(prefix);
}

void RequireBothEncoders(const StoredTensors& tensors, const std::string& where) {
  for (const char* prefix : {DprCheckpoint::kQuestionPrefix, DprCheckpoint::kPassagePrefix}) {
    if (HasAny(tensors, prefix)) continue;
    const bool is_reader = HasAny(tensors, "qa_outputs.");
    throw Error(
        ErrorCode::kUnsupported,
        is_reader ? "it is a checkpoint of DPR's reader, not of its encoders"
                  : fmt::format("it holds no `{}*`: it is no checkpoint of DPR's encoders", prefix),
        where, "Weights of a single BERT belong in a folder with config.json and vocab.txt");
  }
}

// A tensor of two dimensions, both of a size that a BERT may have.
Shape MatrixShape(const StoredTensors& tensors, const std::string& name, const std::string& where) {
  const StoredTensor* tensor = tensors.Find(name);
  if (tensor == nullptr) {
    throw Error(ErrorCode::kInvalid, fmt::format("the tensor `{}` is missing", name), where,
                "Is it the checkpoint of another encoder than BERT?");
  }
  const auto fits = [](int64_t size) { return size >= 1 && size <= kLargestSize; };
  if (tensor->shape.size() != 2 || !fits(tensor->shape[0]) || !fits(tensor->shape[1])) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("the tensor `{}` has the shape {}, which a BERT's has not", name,
                            ShapeName(tensor->shape)),
                where, "Is it the checkpoint of another encoder than BERT?");
  }
  return tensor->shape;
}

}  // namespace

DprCheckpoint ReadTorchCheckpoint(const Path& path) {
  const std::string where = path.string();
  const auto file = std::make_shared<const MappedFile>(path);
  if (!IsTorchFile(file->bytes())) {
    throw Error(ErrorCode::kInvalid, "it is no file that torch.save wrote", where,
                "Give a model's folder, or DPR's checkpoint (.cp)");
  }
  TorchFile read = ReadTorchFile(file->bytes(), where);
  DprCheckpoint checkpoint;
  checkpoint.is_legacy = !IsZip(file->bytes());
  checkpoint.tensors.files.push_back(file);
  for (StoredTensor& tensor : read.tensors) {
    tensor.file = file;
    const std::string name = tensor.name;
    if (!checkpoint.tensors.tensors.emplace(name, std::move(tensor)).second) {
      throw Error(ErrorCode::kInvalid, fmt::format("the tensor `{}` is there twice", name), where);
    }
  }
  ReadFields(read.saved, checkpoint);
  return checkpoint;
}

DprCheckpoint OpenDprCheckpoint(const Path& file) {
  DprCheckpoint checkpoint = ReadTorchCheckpoint(file);
  RequireBothEncoders(checkpoint.tensors, file.string());
  return checkpoint;
}

BertConfig ConfigFromTensors(const StoredTensors& tensors, const std::string& where) {
  const Shape words = MatrixShape(tensors, "embeddings.word_embeddings.weight", where);
  BertConfig config;
  config.vocabulary = words[0];
  config.hidden = words[1];
  config.positions = MatrixShape(tensors, "embeddings.position_embeddings.weight", where)[0];
  config.segments = MatrixShape(tensors, "embeddings.token_type_embeddings.weight", where)[0];
  config.intermediate = MatrixShape(tensors, "encoder.layer.0.intermediate.dense.weight", where)[0];
  while (HasAny(tensors, fmt::format("encoder.layer.{}.", config.layers))) ++config.layers;
  if (config.hidden % kHeadSize != 0) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the hidden size is {}, no multiple of {}: how many attention heads "
                            "there are cannot be told",
                            config.hidden, kHeadSize),
                where, "Give the model as a folder with a config.json");
  }
  config.heads = config.hidden / kHeadSize;
  if (tensors.Find("encode_proj.weight") != nullptr) {
    config.projection = MatrixShape(tensors, "encode_proj.weight", where)[0];
  }
  return config;
}

}  // namespace dpr
