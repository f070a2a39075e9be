// The settings beside a vocabulary: tokenizer_config.json, special_tokens_map.json and
// added_tokens.json.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "dpr/text/tokenizer_json.h"
#include "dpr/text/vocabulary.h"

namespace dpr {
namespace {

using tokenizer_json::Boolean;
using tokenizer_json::FailInvalid;
using tokenizer_json::Member;
using tokenizer_json::Value;

// Classes whose vocab.txt is BERT's WordPiece. "Fast" at the end is taken off first.
constexpr std::array<std::string_view, 12> kWordPieceClasses = {
    "BertTokenizer",      "BertTokenizerLegacy",         "DPRContextEncoderTokenizer",
    "DPRReaderTokenizer", "DPRQuestionEncoderTokenizer", "DistilBertTokenizer",
    "ElectraTokenizer",   "MobileBertTokenizer",         "PreTrainedTokenizer",
    "ConvBertTokenizer",  "TokenizersBackend",           "RetriBertTokenizer"};

std::string WithoutFast(std::string name) {
  constexpr std::string_view kFast = "Fast";
  if (name.size() > kFast.size() && name.ends_with(kFast)) name.resize(name.size() - kFast.size());
  return name;
}

// A special token: its text, or an object that says how it is found.
AddedToken ReadSpecialToken(const Value& value, const std::string& where) {
  if (value.is_object()) {
    AddedToken token = tokenizer_json::ReadAddedToken(value, where);
    token.normalized = Boolean(value, "normalized", false, where);
    return token;
  }
  if (!value.is_string()) FailInvalid("a special token must be a text or an object", where);
  AddedToken token;
  token.content = value.get<std::string>();
  tokenizer_json::CheckContent(token.content, where);
  return token;
}

void ReadNames(const Value& document, const std::string& where, Vocabulary& vocabulary) {
  const std::array<std::pair<const char*, std::string*>, 5> names = {
      {{"unk_token", &vocabulary.unknown},
       {"cls_token", &vocabulary.classification},
       {"sep_token", &vocabulary.separator},
       {"pad_token", &vocabulary.padding},
       {"mask_token", &vocabulary.mask}}};
  for (const auto& [name, content] : names) {
    const Value& value = Member(document, name);
    if (value.is_null()) continue;
    const AddedToken token = ReadSpecialToken(value, where);
    *content = token.content;
    if (value.is_object()) vocabulary.added_tokens.push_back(token);
  }
}

void ReadMoreSpecialTokens(const Value& document, const std::string& where,
                           Vocabulary& vocabulary) {
  for (const char* const name : {"additional_special_tokens", "extra_special_tokens"}) {
    const Value& tokens = Member(document, name);
    if (tokens.is_null()) continue;
    if (!tokens.is_array() && !tokens.is_object()) {
      FailInvalid(fmt::format("`{}` must be a list or an object", name), where);
    }
    for (const Value& value : tokens) {
      vocabulary.added_tokens.push_back(ReadSpecialToken(value, where));
    }
  }
}

// {"30522": {"content": "[X]", ...}, ...}: ids are written as texts.
void ReadAddedTokensDecoder(const Value& tokens, const std::string& where, Vocabulary& vocabulary) {
  if (tokens.is_null()) return;
  if (!tokens.is_object()) FailInvalid("`added_tokens_decoder` must be an object", where);
  for (const auto& [id_text, object] : tokens.items()) {
    if (!object.is_object()) FailInvalid("an added token must be an object", where);
    AddedToken token = tokenizer_json::ReadAddedToken(object, where);
    uint32_t id = 0;
    const char* const end = id_text.data() + id_text.size();
    if (std::from_chars(id_text.data(), end, id).ptr != end) {
      FailInvalid(fmt::format("`{}` in `added_tokens_decoder` is no id", id_text), where);
    }
    token.id = tokenizer_json::Id(Value(id), token.content, where);
    vocabulary.added_tokens.push_back(std::move(token));
  }
}

}  // namespace

void ParseTokenizerConfig(std::string_view json, const std::string& where, TokenizerForm form,
                          Vocabulary& vocabulary) {
  const Value document = tokenizer_json::ParseObject(json, where);
  const std::string name =
      WithoutFast(tokenizer_json::Text(document, "tokenizer_class", "BertTokenizer", where));
  const bool is_word_piece = std::find(kWordPieceClasses.begin(), kWordPieceClasses.end(), name) !=
                             kWordPieceClasses.end();
  if (form == TokenizerForm::kVocabularyText && !is_word_piece) {
    tokenizer_json::FailUnsupported(fmt::format("its tokenizer is {}", name), where);
  }
  ReadNames(document, where, vocabulary);
  ReadMoreSpecialTokens(document, where, vocabulary);
  ReadAddedTokensDecoder(Member(document, "added_tokens_decoder"), where, vocabulary);

  // A class without settings of its own leaves them to tokenizer.json.
  const bool is_generic = name == "PreTrainedTokenizer" || name == "TokenizersBackend";
  if (is_generic && form == TokenizerForm::kTokenizerJson) return;
  WordPieceOptions& options = vocabulary.options;
  options.lower_case = Boolean(document, "do_lower_case", options.lower_case, where);
  options.tokenize_chinese_chars =
      Boolean(document, "tokenize_chinese_chars", options.tokenize_chinese_chars, where);
  if (document.contains("strip_accents")) {
    const bool is_set = !Member(document, "strip_accents").is_null();
    const bool strips = Boolean(document, "strip_accents", false, where);
    options.strip_accents = is_set ? std::optional<bool>(strips) : std::nullopt;
  }
}

void ParseSpecialTokensMap(std::string_view json, const std::string& where,
                           Vocabulary& vocabulary) {
  const Value document = tokenizer_json::ParseObject(json, where);
  ReadNames(document, where, vocabulary);
  ReadMoreSpecialTokens(document, where, vocabulary);
}

void ParseAddedTokens(std::string_view json, const std::string& where, Vocabulary& vocabulary) {
  const Value document = tokenizer_json::ParseObject(json, where);
  for (const auto& [content, id] : document.items()) {
    tokenizer_json::CheckContent(content, where);
    AddedToken token;
    token.content = content;
    token.id = tokenizer_json::Id(id, content, where);
    token.normalized = true;
    vocabulary.added_tokens.push_back(std::move(token));
  }
}

}  // namespace dpr
