#include "dpr/encoder/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dpr/base/atomic_folder.h"
#include "dpr/base/error.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/encoder/retriever_writer.h"
#include "dpr/encoder/sentence_transformer_writer.h"

namespace dpr {
namespace {

// What the model's sides are to be, the user's options heeded.
RetrieverJson SettingsOf(const Path& model, const RetrieverOptions& options,
                         Similarity similarity) {
  const Retriever retriever = Retriever::Open(model, options);  // which checks all of it
  const EncoderSettings& questions = retriever.questions().settings();
  const EncoderSettings& passages = retriever.passages().settings();
  RetrieverJson settings;
  settings.pooling = passages.pooling;
  settings.normalize = passages.normalize;
  settings.similarity = similarity;
  settings.question_max_length = questions.max_length;
  settings.passage_max_length = passages.max_length;
  settings.question_prompt = questions.prompt;
  settings.passage_prompt = passages.prompt;
  settings.title_join = passages.title_join;
  return settings;
}

bool SameValues(const EncoderToWrite& a, const EncoderToWrite& b) {
  return std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(),
                    [](const NamedTensor& x, const NamedTensor& y) {
                      return x.name == y.name && x.shape == y.shape &&
                             std::memcmp(x.values.data(), y.values.data(), x.values.size_bytes()) ==
                                 0;
                    });
}

bool SameTokenizer(const TokenizerFiles& a, const TokenizerFiles& b) {
  if (a.path == b.path) return true;
  const WordPiece first = OpenTokenizer(a), second = OpenTokenizer(b);
  return first.pieces() == second.pieces() &&
         first.options().lower_case == second.options().lower_case &&
         first.options().strips_accents() == second.options().strips_accents();
}

void RequireSentenceTransformer(const EncoderToWrite& questions, const EncoderToWrite& passages,
                                const RetrieverJson& settings, const Path& model) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorCode::kUnsupported, problem, model.string(), "Export it with --format dpr");
  };
  if (!SameValues(questions, passages) || !SameTokenizer(questions.tokenizer, passages.tokenizer)) {
    refuse("questions and passages have different encoders; a sentence-transformers model has one");
  }
  if (settings.pooling == Pooling::kPooler) {
    refuse("sentence-transformers does not pool by BERT's tanh pooler");
  }
}

std::vector<std::string> NotesOnDpr(const RetrieverJson& settings) {
  std::vector<std::string> notes;
  if (settings.pooling != Pooling::kCls || settings.normalize) {
    notes.push_back(fmt::format(
        "pooling `{}`{} stands in retriever.json, which dpr reads; the classes of transformers "
        "always give the first token's state as it is",
        PoolingName(settings.pooling), settings.normalize ? " and normalisation" : ""));
  }
  if (!settings.question_prompt.empty() || !settings.passage_prompt.empty()) {
    notes.emplace_back(
        "the prompts stand in retriever.json; with transformers, put them before the texts");
  }
  return notes;
}

std::vector<std::string> NotesOnSentenceTransformer(const RetrieverJson& settings) {
  std::vector<std::string> notes;
  if (settings.title_join == TitleJoin::kPair) {
    notes.emplace_back(
        "the model reads title and text as a pair, which sentence-transformers cannot say: from "
        "there, and from this folder, a passage is the one text \"title text\"");
  }
  if (settings.question_max_length != settings.passage_max_length) {
    notes.push_back(fmt::format(
        "questions are cut at {} tokens, as passages are, and not at {}: there is one length",
        settings.passage_max_length, settings.question_max_length));
  }
  return notes;
}

}  // namespace

std::vector<std::string> ExportRetriever(const Path& model, const RetrieverOptions& options,
                                         ExportFormat format, const Path& out) {
  const RetrieverDescription description = DescribeRetriever(model, options.vocabulary);
  const RetrieverJson settings = SettingsOf(model, options, description.similarity);
  const SideWeights passages = LoadWeights(description.passages, description.dense);
  const SideWeights questions = LoadWeights(description.questions, description.dense);
  const auto question_side = EncoderToWrite::Of(questions.weights, questions.tokenizer);
  const auto passage_side = EncoderToWrite::Of(passages.weights, passages.tokenizer);
  if (format == ExportFormat::kSentenceTransformers) {
    RequireSentenceTransformer(question_side, passage_side, settings, model);
  }
  AtomicFolder folder(out);
  if (format == ExportFormat::kSentenceTransformers) {
    WriteSentenceTransformer(folder.temporary(), passage_side, settings);
  } else {
    WriteRetriever(folder.temporary(), question_side, passage_side, settings);
  }
  folder.Commit();
  return format == ExportFormat::kDpr ? NotesOnDpr(settings) : NotesOnSentenceTransformer(settings);
}

}  // namespace dpr
