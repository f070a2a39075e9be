#include "dpr/encoder/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

// DPR's two encoders; the second under either of its names.
std::optional<RetrieverDescription> DescribePair(const Path& folder) {
  const Path questions = folder / "question_encoder";
  if (!std::filesystem::is_directory(questions)) return std::nullopt;
  for (const char* name : {"ctx_encoder", "passage_encoder"}) {
    if (!std::filesystem::is_directory(folder / name)) continue;
    RetrieverDescription pair;
    pair.questions.folder = questions;
    pair.passages.folder = folder / name;
    return pair;
  }
  throw Error(ErrorCode::kNotFound, "there is question_encoder/, but no ctx_encoder/ beside it",
              folder.string(), "A DPR retriever needs both");
}

// Of a folder without retriever.json: encoders in what `dpr train` has not finished may belong to
// two different moments, and are not to be taken for a pair.
void RequireFinished(const Path& folder) {
  // A run that has encoders has begun its log; an empty one beside them is somebody else's.
  const bool trains = IsTrainingRun(folder) && !std::filesystem::is_empty(folder / "log.jsonl");
  if (!trains && !std::filesystem::exists(folder / kWriting / kRetrieverJson)) return;
  // A single encoder is of one moment, whenever pretraining was interrupted: its config comes last,
  // and better weights replace others at once.
  if (std::filesystem::exists(folder / "config.json")) return;
  throw Error(ErrorCode::kNotFound,
              "this is a training run that has not written its retriever yet: there is no "
              "retriever.json",
              folder.string(), "Give the same command again: it goes on");
}

RetrieverDescription DescribePlainBert(const Path& folder) {
  RetrieverDescription plain;
  plain.questions.folder = plain.passages.folder = folder;
  return plain;
}

// The checkpoint says whether texts are lower-cased, the vocabulary all else.
TokenizerFiles TokenizerOf(const DprCheckpoint& checkpoint, const Path& file,
                           const std::optional<Path>& vocabulary) {
  if (vocabulary) return {*vocabulary, checkpoint.do_lower_case};
  throw Error(ErrorCode::kUsage, "a checkpoint of DPR's has no vocabulary", file.string(),
              fmt::format("Give it with --vocab: the vocab.txt of {}, or a folder that has it",
                          checkpoint.pretrained_model.empty() ? "the BERT that it was trained from"
                                                              : checkpoint.pretrained_model));
}

}  // namespace

bool IsTrainingRun(const Path& folder) {
  constexpr std::string_view kBegin = R"({"kind":"start")";
  std::ifstream stream(folder / "log.jsonl", std::ios::binary);
  if (!stream) return false;
  std::string begin(kBegin.size(), '\0');
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return kBegin.starts_with(std::string_view(begin).substr(0, size_t(stream.gcount())));
}

RetrieverDescription DescribeCheckpoint(const Path& file, const std::optional<Path>& vocabulary) {
  constexpr int64_t kLongest = 1 << 20;
  const auto checkpoint = std::make_shared<const DprCheckpoint>(OpenDprCheckpoint(file));
  const TokenizerFiles tokenizer = TokenizerOf(*checkpoint, file, vocabulary);
  EncoderSettings settings;
  if (checkpoint->sequence_length) {
    settings.max_length = static_cast<int>(
        std::clamp<int64_t>(*checkpoint->sequence_length, Encoder::kShortestMaxLength, kLongest));
  }
  RetrieverDescription description;
  description.questions = {file, settings,
                           CheckpointSide{checkpoint, DprCheckpoint::kQuestionPrefix, tokenizer}};
  description.passages = {file, settings,
                          CheckpointSide{checkpoint, DprCheckpoint::kPassagePrefix, tokenizer}};
  return description;
}

RetrieverDescription DescribeRetriever(const Path& folder, const std::optional<Path>& vocabulary) {
  if (std::filesystem::is_regular_file(folder)) return DescribeCheckpoint(folder, vocabulary);
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorCode::kNotFound, "there is no such folder or file", folder.string(),
                "Give the folder of an encoder, or a checkpoint of DPR's");
  }
  if (vocabulary) {
    throw Error(ErrorCode::kUsage, "--vocab is for checkpoints; a model's folder has its own",
                folder.string(), "Leave it out");
  }
  if (std::filesystem::exists(folder / kRetrieverJson)) {
    return ReadRetrieverJson(folder).Describe(folder);
  }
  RequireFinished(folder);
  if (const auto pair = DescribePair(folder)) return *pair;
  if (std::filesystem::exists(folder / "modules.json")) return DescribeSentenceTransformer(folder);
  if (std::filesystem::exists(folder / "config.json")) return DescribePlainBert(folder);
  throw Error(ErrorCode::kNotFound,
              "no model is here: neither retriever.json, nor question_encoder/ and ctx_encoder/, "
              "nor modules.json, nor config.json",
              folder.string(),
              "Give the folder of a dpr, DPR, sentence-transformers or BERT model, or DPR's .cp");
}

}  // namespace dpr
