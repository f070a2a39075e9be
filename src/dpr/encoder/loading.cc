#include "dpr/encoder/loading.h"

#include <fmt/format.h>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/bert/json.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/weights.h"

namespace dpr {
namespace {

void AddFiles(const StoredTensors& stored, Hasher& hasher) {
  for (const auto& file : stored.files) {
    hasher.AddNumber(file->bytes().size()).Add(file->bytes());
  }
}

void AddSizes(const BertConfig& config, Hasher& hasher) {
  for (const int64_t size : {config.vocabulary, config.hidden, config.layers, config.heads,
                             config.intermediate, config.positions, config.projection}) {
    hasher.AddNumber(static_cast<uint64_t>(size));
  }
  hasher.AddField(fmt::format("{}", config.layer_norm_epsilon));
}

// A Dense module without activation is W x + b, as DPR's projection is.
void ReadDense(const Path& folder, BertWeights& weights, Hasher& hasher) {
  const Json json = Json::Read(folder / "config.json");
  const std::string activation = json.String("activation_function").value_or("tanh");
  const bool elsewhere =
      json.String("module_input_name").value_or("sentence_embedding") != "sentence_embedding" ||
      json.String("module_output_name").value_or("sentence_embedding") != "sentence_embedding";
  if (!activation.ends_with(".Identity") || json.Boolean("use_residual").value_or(false) ||
      elsewhere) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("the Dense module is not a plain projection (activation `{}`)", activation),
        json.where(), "dpr runs Dense modules whose activation is Identity");
  }
  const int64_t outputs = json.Integer("out_features").value_or(0);
  const StoredTensors stored = OpenModelTensors(folder);
  weights.config.projection = outputs;
  weights.projection = LinearFromTensors(stored, "linear", {outputs, weights.config.hidden},
                                         json.Boolean("bias").value_or(true), folder.string());
  AddFiles(stored, hasher);
}

BertWeights LoadFolder(const Path& folder, Hasher& hasher) {
  const BertConfig config = BertConfig::Read(folder / "config.json");
  const StoredTensors stored = OpenModelTensors(folder);
  BertWeights weights = BertWeights::FromTensors(stored, config, folder.string());
  AddFiles(stored, hasher);
  return weights;
}

void RequireSameProjection(const CheckpointSide& side, const BertConfig& config,
                           const std::string& where) {
  const int64_t said = side.checkpoint->projection.value_or(config.projection);
  if (said == config.projection) return;
  throw Error(ErrorCode::kInvalid,
              fmt::format("encoder_params says `projection_dim` {}, but the tensors of the "
                          "projection give {}",
                          said, config.projection),
              where, "Is the file damaged?");
}

// Of the file only this side's tensors count: others, and the optimiser's, change no vector.
BertWeights LoadCheckpoint(const CheckpointSide& side, const Path& file, Hasher& hasher) {
  const StoredTensors stored = side.checkpoint->tensors.Below(side.prefix);
  const std::string where = file.string() + ", `" + side.prefix + "*`";
  const BertConfig config = ConfigFromTensors(stored, where);
  RequireSameProjection(side, config, where);
  BertWeights weights = BertWeights::FromTensors(stored, config, where);
  for (const auto& [name, tensor] : stored.tensors) {
    hasher.AddField(name).AddField(tensor.type_name).AddNumber(tensor.bytes);
    hasher.Add(tensor.file->bytes().subspan(tensor.offset, tensor.bytes));
  }
  return weights;
}

}  // namespace

void AddTokenizer(const WordPiece& tokenizer, Hasher& hasher) {
  const WordPieceOptions& options = tokenizer.options();
  hasher.AddNumber(options.lower_case).AddNumber(options.strips_accents());
  hasher.AddNumber(options.tokenize_chinese_chars).AddNumber(tokenizer.pieces().size());
  for (const std::string& piece : tokenizer.pieces()) hasher.AddField(piece);
}

SideWeights LoadWeights(const SideDescription& side, const std::optional<Path>& dense) {
  SideWeights loaded;
  loaded.tokenizer = side.tokenizer();
  if (side.checkpoint) {
    loaded.weights = LoadCheckpoint(*side.checkpoint, side.folder, loaded.content);
  } else {
    loaded.weights = LoadFolder(side.folder, loaded.content);
  }
  if (dense) ReadDense(*dense, loaded.weights, loaded.content);
  AddSizes(loaded.weights.config, loaded.content);
  return loaded;
}

LoadedSide LoadSide(const SideDescription& description, const std::optional<Path>& dense,
                    Precision precision) {
  return MakeSide(LoadWeights(description, dense), precision);
}

LoadedSide MakeSide(SideWeights loaded, Precision precision) {
  LoadedSide side;
  side.bert = std::make_shared<Bert>(loaded.weights, precision);
  side.tokenizer = std::make_shared<const WordPiece>(OpenTokenizer(loaded.tokenizer));
  AddTokenizer(*side.tokenizer, loaded.content);
  side.content_hash = loaded.content.Hex();
  return side;
}

}  // namespace dpr
