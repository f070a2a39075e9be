#include "dpr/encoder/retriever_writer.h"

#include <algorithm>
#include <set>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/bert/safetensors_writer.h"

namespace dpr {
namespace {

constexpr const char* kPooler = "pooler.";
constexpr const char* kProjection = "encode_proj.";
constexpr const char* kHeads = "cls.";  // of pretraining

// The name in a file of `architecture` of the parameter that BertWeights::Slots() calls `name`.
std::string NameIn(BertArchitecture architecture, const std::string& name) {
  const std::string inner = name.starts_with(kProjection) ? name : "bert_model." + name;
  switch (architecture) {
    case BertArchitecture::kDprQuestionEncoder:
      return "question_encoder." + inner;
    case BertArchitecture::kDprContextEncoder:
      return "ctx_encoder." + inner;
    case BertArchitecture::kBertForPreTraining:
      return name.starts_with(kHeads) ? name : "bert." + name;
    case BertArchitecture::kBert:
      break;
  }
  return name;
}

bool IsWritten(const NamedTensor& tensor, BertArchitecture architecture, bool with_pooler) {
  if (tensor.name.starts_with(kPooler)) return with_pooler;
  const bool plain = architecture == BertArchitecture::kBert ||
                     architecture == BertArchitecture::kBertForPreTraining;
  return !plain || !tensor.name.starts_with(kProjection);
}

void CutLength(int& length, const BertConfig& config) {
  length = static_cast<int>(std::min<int64_t>(length, config.positions));
}

}  // namespace

EncoderToWrite EncoderToWrite::Of(const BertWeights& weights, const TokenizerFiles& tokenizer) {
  EncoderToWrite encoder{weights.config, {}, tokenizer};
  BertWeights copy = weights;  // of the tensors' handles; Slots() is for filling
  for (const BertWeights::Slot& slot : copy.Slots()) {
    if (slot.tensor->empty()) continue;
    encoder.tensors.push_back({slot.name, slot.shape, slot.tensor->values()});
  }
  return encoder;
}

void WriteEncoder(const Path& folder, const EncoderToWrite& encoder, BertArchitecture architecture,
                  bool with_pooler) {
  std::vector<TensorHeader> header;
  std::vector<std::span<const float>> values;
  for (const NamedTensor& tensor : encoder.tensors) {
    if (!IsWritten(tensor, architecture, with_pooler)) continue;
    header.push_back({NameIn(architecture, tensor.name), tensor.shape});
    values.push_back(tensor.values);
  }
  CreateFolder(folder);
  WriteTokenizer(encoder.tokenizer, folder);
  SafetensorsWriter writer(folder / "model.safetensors", header);
  for (const std::span<const float> tensor : values) writer.Write(tensor);
  writer.Commit();
  WriteFileAtomically(folder / "config.json", encoder.config.ToJson(architecture));
}

namespace {

// Puts the complete retriever of writing/ in the place of an older one, or ends what a kill
// interrupted. Every rename is one that a second call finds done.
void TakePlace(const Path& folder) {
  const Path writing = folder / kWriting, replaced = folder / kReplaced;
  const RetrieverJson retriever = ReadRetrieverJson(writing);
  RemoveAll(folder / kRetrieverJson);
  KillPoint("retriever.begin");
  CreateFolder(replaced);
  for (const std::string& encoder :
       std::set{retriever.question_encoder, retriever.passage_encoder}) {
    if (!std::filesystem::exists(writing / encoder)) continue;
    if (std::filesystem::exists(folder / encoder)) {
      RenameDurably(folder / encoder, replaced / encoder);
      KillPoint("retriever.replaced");
    }
    RenameDurably(writing / encoder, folder / encoder);
    KillPoint("retriever.placed");
  }
  RenameDurably(writing / kRetrieverJson, folder / kRetrieverJson);
  KillPoint("retriever.end");
}

bool IsInterrupted(const Path& folder) {
  return !std::filesystem::exists(folder / kRetrieverJson) &&
         std::filesystem::exists(folder / kWriting / kRetrieverJson);
}

void RemoveLeftovers(const Path& folder) {
  RemoveAll(folder / kWriting);
  RemoveAll(folder / kReplaced);
}

}  // namespace

RetrieverWriter::RetrieverWriter(const Path& folder, const RetrieverJson& retriever)
    : folder_(folder),
      writing_(folder / kWriting),
      retriever_(retriever),
      shared_(retriever.question_encoder == retriever.passage_encoder) {
  DPR_CHECK(retriever.question_encoder != "." && retriever.passage_encoder != ".");
  if (IsInterrupted(folder)) TakePlace(folder);
  RemoveLeftovers(folder);
}

// Of an interrupted exchange nothing may go: writing/ then holds what the folder lacks.
RetrieverWriter::~RetrieverWriter() {
  std::error_code ignored;
  if (!IsInterrupted(folder_)) std::filesystem::remove_all(writing_, ignored);
}

void RetrieverWriter::WriteSide(const std::string& name, const EncoderToWrite& encoder,
                                BertArchitecture architecture) {
  DPR_CHECK(sides_ == 0 || retriever_.projection == encoder.config.projection);
  WriteEncoder(writing_ / name, encoder, architecture, retriever_.pooling == Pooling::kPooler);
  retriever_.projection = encoder.config.projection;
  ++sides_;
}

void RetrieverWriter::WriteQuestions(const EncoderToWrite& encoder) {
  WriteSide(retriever_.question_encoder, encoder, BertArchitecture::kDprQuestionEncoder);
  CutLength(retriever_.question_max_length, encoder.config);
  if (shared_) CutLength(retriever_.passage_max_length, encoder.config);
}

void RetrieverWriter::WritePassages(const EncoderToWrite& encoder) {
  DPR_CHECK(!shared_);
  WriteSide(retriever_.passage_encoder, encoder, BertArchitecture::kDprContextEncoder);
  CutLength(retriever_.passage_max_length, encoder.config);
}

void RetrieverWriter::Commit() {
  DPR_CHECK(sides_ == (shared_ ? 1 : 2));
  WriteRetrieverJson(writing_, retriever_);
  KillPoint("retriever.written");
  TakePlace(folder_);
  RemoveLeftovers(folder_);
}

void WriteRetriever(const Path& folder, const EncoderToWrite& questions,
                    const EncoderToWrite& passages, const RetrieverJson& retriever) {
  RetrieverWriter writer(folder, retriever);
  writer.WriteQuestions(questions);
  if (retriever.question_encoder != retriever.passage_encoder) writer.WritePassages(passages);
  writer.Commit();
}

}  // namespace dpr
