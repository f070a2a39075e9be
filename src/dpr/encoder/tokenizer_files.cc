#include "dpr/encoder/tokenizer_files.h"

#include <nlohmann/json.hpp>

#include "dpr/text/vocabulary.h"

namespace dpr {
namespace {

constexpr uint64_t kLargestFile = uint64_t{256} << 20;
constexpr const char* kFiles[] = {"tokenizer.json", "vocab.txt", "added_tokens.json",
                                  "special_tokens_map.json", "tokenizer_config.json"};

}  // namespace

Vocabulary ReadVocabularyFiles(const Path& path) {
  if (std::filesystem::is_directory(path)) return ReadVocabulary(path);
  return ParseVocabularyText(ReadFile(path, kLargestFile), path.string());
}

void WriteVocabulary(const Vocabulary& vocabulary, const Path& folder) {
  std::string pieces;
  for (const std::string& piece : vocabulary.pieces) pieces += piece + "\n";
  const WordPieceOptions& options = vocabulary.options;
  nlohmann::ordered_json config = {{"tokenizer_class", "BertTokenizer"},
                                   {"do_lower_case", options.lower_case}};
  if (options.strip_accents) config["strip_accents"] = *options.strip_accents;
  config["tokenize_chinese_chars"] = options.tokenize_chinese_chars;
  config["unk_token"] = vocabulary.unknown;
  config["cls_token"] = vocabulary.classification;
  config["sep_token"] = vocabulary.separator;
  config["pad_token"] = vocabulary.padding;
  config["mask_token"] = vocabulary.mask;
  WriteFileAtomically(folder / "vocab.txt", pieces);
  WriteFileAtomically(folder / "tokenizer_config.json", config.dump(2) + "\n");
}

WordPiece OpenTokenizer(const TokenizerFiles& files) {
  Vocabulary vocabulary = ReadVocabularyFiles(files.path);
  if (files.lower_case) vocabulary.options.lower_case = *files.lower_case;
  return WordPiece(std::move(vocabulary));
}

void WriteTokenizer(const TokenizerFiles& files, const Path& folder) {
  Vocabulary vocabulary = ReadVocabularyFiles(files.path);
  const bool is_overruled = files.lower_case && *files.lower_case != vocabulary.options.lower_case;
  if (!std::filesystem::is_directory(files.path) || is_overruled) {
    if (files.lower_case) vocabulary.options.lower_case = *files.lower_case;
    WriteVocabulary(vocabulary, folder);
    return;
  }
  for (const char* name : kFiles) {
    if (!std::filesystem::exists(files.path / name)) continue;
    WriteFileAtomically(folder / name, ReadFile(files.path / name, kLargestFile));
  }
}

}  // namespace dpr
