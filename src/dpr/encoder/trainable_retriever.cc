#include "dpr/encoder/trainable_retriever.h"

#include <algorithm>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/random_weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_writer.h"

namespace dpr {
namespace {

constexpr const char* kSharedEncoder = "encoder";

LoadedSide RandomSide(const SideDescription& description, uint64_t seed, bool with_pooler) {
  const Path& folder = description.folder;
  LoadedSide side;
  const BertConfig config = BertConfig::Read(folder / "config.json");
  side.bert = std::make_shared<Bert>(RandomWeights(config, seed, with_pooler));
  side.tokenizer = std::make_shared<const WordPiece>(WordPiece::FromFolder(folder));
  Hasher content;
  content.AddField(ReadFile(folder / "config.json"));
  AddTokenizer(*side.tokenizer, content);
  side.content_hash = content.Hex();
  return side;
}

TrainableSide MakeSide(const LoadedSide& loaded, const SideDescription& description,
                       const TrainableOptions& options) {
  EncoderSettings settings = description.settings;
  settings.pooling = options.pooling;
  settings.normalize = false;
  const auto positions = static_cast<int>(loaded.bert->config().positions);
  settings.max_length = options.max_length.value_or(std::min(settings.max_length, positions));
  return {loaded.bert, std::make_shared<const Encoder>(loaded.tokenizer, loaded.bert, settings),
          description.tokenizer()};
}

}  // namespace

TrainableRetriever OpenTrainable(const Path& folder, const TrainableOptions& options) {
  const RetrieverDescription description = DescribeRetriever(folder, options.vocabulary);
  const SideDescription& questions = description.questions;
  const SideDescription& passages = description.passages;
  if (options.share && !description.is_shared()) {
    throw Error(ErrorCode::kUsage, "the model has two encoders, which cannot become one",
                folder.string(), "Leave out --share, or start from a model with one encoder");
  }
  TrainableRetriever retriever;
  retriever.random = !passages.checkpoint && !HasModelTensors(passages.folder);
  // Two that start from the same file are loaded twice: each has parameters of its own.
  const auto load = [&](const SideDescription& side, uint64_t seed) {
    return retriever.random ? RandomSide(side, seed, options.pooling == Pooling::kPooler)
                            : LoadSide(side, description.dense);
  };
  const LoadedSide second = load(passages, options.seed);
  retriever.passages = MakeSide(second, description.passages, options);
  retriever.content_hash = second.content_hash;
  if (options.share) {
    retriever.questions = MakeSide(second, description.questions, options);
    return retriever;
  }
  const LoadedSide first = load(questions, options.seed);
  retriever.questions = MakeSide(first, description.questions, options);
  retriever.content_hash = HashHex(first.content_hash + second.content_hash);
  return retriever;
}

void WriteTrained(const TrainableRetriever& retriever, Similarity similarity, const Path& folder) {
  const EncoderSettings& questions = retriever.questions.encoder->settings();
  const EncoderSettings& passages = retriever.passages.encoder->settings();
  RetrieverJson json;
  if (retriever.shared()) json.question_encoder = json.passage_encoder = kSharedEncoder;
  json.pooling = passages.pooling;
  json.similarity = similarity;
  json.question_max_length = questions.max_length;
  json.passage_max_length = passages.max_length;
  json.question_prompt = questions.prompt;
  json.passage_prompt = passages.prompt;
  json.title_join = passages.title_join;
  RetrieverWriter writer(folder, json);
  const auto unpacked = [](const TrainableSide& side) {
    return side.bert->Unpack(side.bert->parameters().all());
  };
  {
    const BertWeights weights = unpacked(retriever.questions);
    writer.WriteQuestions(EncoderToWrite::Of(weights, retriever.questions.tokenizer));
  }
  if (!retriever.shared()) {
    const BertWeights weights = unpacked(retriever.passages);
    writer.WritePassages(EncoderToWrite::Of(weights, retriever.passages.tokenizer));
  }
  writer.Commit();
}

}  // namespace dpr
