// What the files of a BERT tokenizer say: the pieces and their ids, the tokens that are found
// before words are, the settings.
//
// tokenizer.json (Hugging Face tokenizers) or vocab.txt (a piece a line; its id is the number of
// lines before it), with tokenizer_config.json, special_tokens_map.json and added_tokens.json where
// they exist. Settings come from tokenizer_config.json; where it is silent, from tokenizer.json;
// else the defaults. sentence_bert_config.json is not read: its do_lower_case is not the
// tokenizer's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/text/wordpiece_options.h"

namespace dpr {

// A token that is found in the text as it is written, before any word: [SEP], or a user's.
struct AddedToken {
  std::string content;
  int32_t id = -1;            // of a token that is no piece; -1: the next free one
  bool single_word = false;   // found only between characters that are no word characters
  bool strips_left = false;   // takes the white space before it along
  bool strips_right = false;  // and the white space after it
  bool normalized = false;    // its normalised form is looked for in the normalised text
};

struct Vocabulary {
  static constexpr size_t kMaxPieces = size_t{1} << 21;

  std::vector<std::string> pieces;       // by id; "" where an id has none; the last of equal ones
  std::vector<AddedToken> added_tokens;  // in the order of reading; the last of equal ones counts
  std::string unknown = "[UNK]", classification = "[CLS]", separator = "[SEP]";
  std::string padding = "[PAD]", mask = "[MASK]";
  WordPieceOptions options;
  int max_word_characters = 100;  // a longer word is unknown
};

// kNotFound, kInvalid, or kUnsupported, which names the tokenizer that the folder has instead.
Vocabulary ReadVocabulary(const Path& folder);

// The readers of single files. `where` names the file in errors.
Vocabulary ParseVocabularyText(std::string_view text, const std::string& where);
Vocabulary ParseTokenizerJson(std::string_view json, const std::string& where);
// These add to, and overrule, what is in `vocabulary`.
enum class TokenizerForm { kVocabularyText, kTokenizerJson };
void ParseTokenizerConfig(std::string_view json, const std::string& where, TokenizerForm form,
                          Vocabulary& vocabulary);
void ParseSpecialTokensMap(std::string_view json, const std::string& where, Vocabulary& vocabulary);
void ParseAddedTokens(std::string_view json, const std::string& where, Vocabulary& vocabulary);

}  // namespace dpr
