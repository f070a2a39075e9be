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

// The name in a file of `architecture` of the parameter that BertWeights::Slots() calls `name`.
std::string NameIn(BertArchitecture architecture, const std::string& name) {
  const std::string inner = name.starts_with(kProjection) ? name : "bert_model." + name;
  switch (architecture) {
    case BertArchitecture::kDprQuestionEncoder:
      return "question_encoder." + inner;
    case BertArchitecture::kDprContextEncoder:
      return "ctx_encoder." + inner;
    case BertArchitecture::kBert:
      break;
  }
  return name;
}

bool IsWritten(const NamedTensor& tensor, BertArchitecture architecture, bool with_pooler) {
  if (tensor.name.starts_with(kPooler)) return with_pooler;
  return architecture != BertArchitecture::kBert || !tensor.name.starts_with(kProjection);
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
  WriteFileAtomically(folder / "config.json", encoder.config.ToJson(architecture));
  WriteTokenizer(encoder.tokenizer, folder);
  SafetensorsWriter writer(folder / "model.safetensors", header);
  for (const std::span<const float> tensor : values) writer.Write(tensor);
  writer.Commit();
}

namespace {

// What was written in full takes the old one's place, by renames alone. A kill between them leaves
// a folder without retriever.json, which DescribeRetriever refuses by the folders that then lie
// there.
void TakePlace(const Path& folder, const RetrieverJson& retriever) {
  const Path writing = folder / kWriting, replaced = folder / kReplaced;
  RemoveAll(folder / kRetrieverJson);
  CreateFolder(replaced);
  for (const std::string& encoder :
       std::set{retriever.question_encoder, retriever.passage_encoder}) {
    if (std::filesystem::exists(folder / encoder)) {
      RenameDurably(folder / encoder, replaced / encoder);
      KillPoint("retriever.replaced");
    }
    RenameDurably(writing / encoder, folder / encoder);
    KillPoint("retriever.placed");
  }
  WriteRetrieverJson(folder, retriever);
  RemoveAll(writing);
  RemoveAll(replaced);
}

}  // namespace

void WriteRetriever(const Path& folder, const EncoderToWrite& questions,
                    const EncoderToWrite& passages, const RetrieverJson& retriever) {
  DPR_CHECK(questions.config.projection == passages.config.projection);
  DPR_CHECK(retriever.question_encoder != "." && retriever.passage_encoder != ".");
  const Path writing = folder / kWriting;
  RemoveAll(writing);
  RemoveAll(folder / kReplaced);
  CreateFolder(writing);
  const bool with_pooler = retriever.pooling == Pooling::kPooler;
  WriteEncoder(writing / retriever.question_encoder, questions,
               BertArchitecture::kDprQuestionEncoder, with_pooler);
  if (retriever.passage_encoder != retriever.question_encoder) {
    WriteEncoder(writing / retriever.passage_encoder, passages,
                 BertArchitecture::kDprContextEncoder, with_pooler);
  }
  RetrieverJson written = retriever;
  written.projection = passages.config.projection;
  const auto cut = [](int length, const BertConfig& config) {
    return static_cast<int>(std::min<int64_t>(length, config.positions));
  };
  written.question_max_length = cut(retriever.question_max_length, questions.config);
  written.passage_max_length = cut(retriever.passage_max_length, passages.config);
  TakePlace(folder, written);
}

}  // namespace dpr
