#include "dpr/encoder/trainable_retriever.h"

#include <fmt/format.h>

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/random_weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_writer.h"

namespace dpr {
namespace {

constexpr const char* kSharedEncoder = "encoder";

SideWeights RandomSide(const SideDescription& description, const TrainableOptions& options) {
  const Path& folder = description.folder;
  SideWeights side;
  side.weights = RandomWeights(BertConfig::Read(folder / "config.json"), options.seed,
                               options.pooling == Pooling::kPooler);
  side.tokenizer = description.tokenizer();
  side.content.AddField(ReadFile(folder / "config.json"));
  return side;
}

void AddProjection(const TrainableOptions& options, const Path& folder, SideWeights& side) {
  const int64_t there = side.weights.config.projection;
  if (options.projection == 0 || options.projection == there) return;
  if (there > 0) {
    throw Error(ErrorCode::kUsage,
                fmt::format("the model has a projection to {} numbers already", there),
                folder.string(), "Leave --projection out: that one learns on");
  }
  AddRandomProjection(side.weights, options.projection, options.seed);
}

TrainableSide Trainable(const LoadedSide& loaded, const SideDescription& description,
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
  const auto load = [&](const SideDescription& side) {
    SideWeights weights =
        retriever.random ? RandomSide(side, options) : LoadWeights(side, description.dense);
    AddProjection(options, folder, weights);
    return MakeSide(std::move(weights));
  };
  const LoadedSide second = load(passages);
  retriever.passages = Trainable(second, description.passages, options);
  retriever.content_hash = second.content_hash;
  if (options.share) {
    retriever.questions = Trainable(second, description.questions, options);
    return retriever;
  }
  const LoadedSide first = load(questions);
  retriever.questions = Trainable(first, description.questions, options);
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
