// Describers of vector files, NumPy files, indexes of FAISS, folders of encoders and checkpoints of
// DPR's.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/bert/dpr_checkpoint.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/torch_file.h"
#include "dpr/collection/describe.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/retriever.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/vectors/code_file_format.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/faiss_format.h"
#include "dpr/vectors/npy.h"
#include "dpr/vectors/vector_file.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kNpyMagic = "\x93NUMPY";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool BeginsWith(const Path& path, std::string_view magic) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return false;
  std::array<std::byte, 16> begin{};
  const size_t got = File::OpenForReading(path).Read(begin);
  return got >= magic.size() &&
         std::string_view(reinterpret_cast<const char*>(begin.data()), got).starts_with(magic);
}

std::string DescribeVectors(const Path& path) {
  const VectorFile file(path);
  return Dump({{"kind", "vectors"},
               {"path", path.string()},
               {"rows", file.rows()},
               {"dimensions", file.dimensions()},
               {"element", "f32"},
               {"bytes", file.mapping().bytes().size()},
               {"checksum", file.checksum()}});
}

std::string DescribeCodes(const Path& path) {
  const CodeFile file(path);
  return Dump({{"kind", "codes of vectors"},
               {"path", path.string()},
               {"rows", file.rows()},
               {"dimensions", file.dimensions()},
               {"element", "u8"},
               {"bytes", FileSize(path)},
               {"vectors", file.vectors()},
               {"checksum", file.checksum()}});
}

std::string DescribeNpy(const Path& path) {
  const NpyFile file(path);
  return Dump({{"kind", "NumPy array"},
               {"path", path.string()},
               {"rows", file.view().rows},
               {"dimensions", file.view().columns},
               {"element", "f32"}});
}

bool IsFaiss(const Path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code) && IsFaissFile(MappedFile(path).bytes());
}

std::string DescribeFaiss(const Path& path) {
  const MappedFile file(path);
  const FaissLayout layout = ParseFaissIndex(file.bytes(), path.string());
  return Dump({{"kind", "index of FAISS"},
               {"path", path.string()},
               {"index", layout.index},
               {"rows", layout.rows},
               {"dimensions", layout.dimensions},
               {"similarity", SimilarityName(layout.similarity)},
               {"element", "f32"},
               {"own_ids", layout.ids.has_value()},
               {"bytes", file.bytes().size()}});
}

int64_t CountParameters(const Path& folder) {
  int64_t count = 0;
  for (const auto& [name, tensor] : OpenModelTensors(folder).tensors) {
    if (tensor.type != ElementType::kOther) count += ElementCount(tensor.shape, folder.string());
  }
  return count;
}

Json SideJson(const Encoder& encoder, const Path& folder) {
  const BertConfig& config = encoder.bert().config();
  const EncoderSettings& settings = encoder.settings();
  return {{"folder", folder.string()},
          {"layers", config.layers},
          {"hidden", config.hidden},
          {"heads", config.heads},
          {"vocabulary", config.vocabulary},
          {"positions", config.positions},
          {"parameters", CountParameters(folder)},
          {"pooling", PoolingName(settings.pooling)},
          {"normalize", settings.normalize},
          {"max_length", settings.max_length},
          {"prompt", settings.prompt},
          {"title", TitleJoinName(settings.title_join)}};
}

bool IsModel(const Path& path) {
  std::error_code code;
  return std::ranges::any_of(
      std::array{kRetrieverJson, "question_encoder", "modules.json", "config.json"},
      [&](const char* name) { return fs::is_directory(path, code) && fs::exists(path / name); });
}

// Opening an encoder reads and checks all of it.
std::string DescribeModel(const Path& folder) {
  const Retriever retriever = Retriever::Open(folder);
  const RetrieverDescription description = DescribeRetriever(folder);
  return Dump({{"kind", "encoder"},
               {"path", folder.string()},
               {"dimensions", retriever.dimensions()},
               {"similarity", SimilarityName(retriever.similarity())},
               {"fingerprint", retriever.fingerprint()},
               {"questions", SideJson(retriever.questions(), description.questions.folder)},
               {"passages", SideJson(retriever.passages(), description.passages.folder)}});
}

std::string FingerprintModel(const Path& folder, Progress&) {
  return Retriever::Open(folder).fingerprint();
}

bool IsTorch(const Path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code) && IsTorchFile(MappedFile(path).bytes());
}

Json EncoderParametersJson(const DprCheckpoint& checkpoint) {
  Json json = Json::object();
  if (!checkpoint.encoder_type.empty()) json["encoder_model_type"] = checkpoint.encoder_type;
  if (!checkpoint.pretrained_model.empty()) {
    json["pretrained_model_cfg"] = checkpoint.pretrained_model;
  }
  if (checkpoint.do_lower_case) json["do_lower_case"] = *checkpoint.do_lower_case;
  if (checkpoint.projection) json["projection_dim"] = *checkpoint.projection;
  if (checkpoint.sequence_length) json["sequence_length"] = *checkpoint.sequence_length;
  return json;
}

// The sizes of one of the encoders, or why they cannot be told; nothing where there is none.
Json CheckpointEncoderJson(const DprCheckpoint& checkpoint, const char* prefix) {
  const StoredTensors tensors = checkpoint.tensors.Below(prefix);
  if (tensors.tensors.empty()) return nullptr;
  int64_t parameters = 0;
  for (const auto& [name, tensor] : tensors.tensors) {
    if (tensor.type != ElementType::kOther) parameters += ElementCount(tensor.shape, name);
  }
  Json json = {{"tensors", tensors.tensors.size()}, {"parameters", parameters}};
  try {
    const BertConfig config = ConfigFromTensors(tensors, prefix);
    json.update({{"layers", config.layers},
                 {"hidden", config.hidden},
                 {"heads", config.heads},
                 {"vocabulary", config.vocabulary},
                 {"positions", config.positions},
                 {"projection", config.projection}});
  } catch (const Error& error) {
    json["problem"] = error.problem();
  }
  return json;
}

std::string DescribeTorch(const Path& path) {
  const DprCheckpoint checkpoint = ReadTorchCheckpoint(path);
  Json json = {{"kind", "file of torch.save"},
               {"path", path.string()},
               {"format", checkpoint.is_legacy ? "legacy" : "zip"},
               {"bytes", FileSize(path)}};
  for (const char* prefix : {DprCheckpoint::kQuestionPrefix, DprCheckpoint::kPassagePrefix}) {
    const Json encoder = CheckpointEncoderJson(checkpoint, prefix);
    if (encoder.is_null()) continue;
    json["kind"] = "checkpoint of DPR's encoders";
    json[std::string(prefix, std::string_view(prefix).size() - 1)] = encoder;
  }
  json["fields"] = checkpoint.fields;
  if (checkpoint.epoch) json["epoch"] = *checkpoint.epoch;
  if (checkpoint.offset) json["offset"] = *checkpoint.offset;
  json["encoder_params"] = EncoderParametersJson(checkpoint);
  json["tensors"] = Json::array();
  for (const auto& [name, tensor] : checkpoint.tensors.tensors) {
    json["tensors"].push_back(name + " " + tensor.type_name + " " + ShapeName(tensor.shape));
  }
  return Dump(json);
}

}  // namespace

std::vector<Describer> VectorAndModelDescribers() {
  return {
      {[](const Path& path) {
         return BeginsWith(path, {kVectorFileMagic, sizeof(kVectorFileMagic)});
       },
       DescribeVectors, VerifyFile<VectorFile>, nullptr},
      {[](const Path& path) {
         return BeginsWith(path, {kCodeFileMagic, sizeof(kCodeFileMagic)});
       },
       DescribeCodes, VerifyFile<CodeFile>, nullptr},
      {[](const Path& path) { return BeginsWith(path, kNpyMagic); }, DescribeNpy, nullptr, nullptr},
      {IsFaiss, DescribeFaiss, nullptr, nullptr},
      {IsModel, DescribeModel, nullptr, FingerprintModel},
      {IsTorch, DescribeTorch, nullptr, nullptr},
  };
}

}  // namespace dpr
