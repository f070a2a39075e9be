#include "dpr/text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/text/bert_characters.h"
#include "dpr/text/tokenizer_json.h"
#include "dpr/text/utf8.h"

namespace dpr {
namespace {

using tokenizer_json::Boolean;
using tokenizer_json::FailInvalid;
using tokenizer_json::FailUnsupported;
using tokenizer_json::Member;
using tokenizer_json::Text;
using tokenizer_json::TypeName;
using tokenizer_json::Value;

constexpr uint64_t kLargestFile = uint64_t{256} << 20;
constexpr int kMostWordCharacters = 10000;

std::string_view WithoutTrailingWhiteSpace(std::string_view line) {
  while (!line.empty()) {
    size_t begin = line.size();
    if (!bert_characters::IsWhiteSpace(PreviousCodePoint(line, begin))) break;
    line = line.substr(0, begin);
  }
  return line;
}

void ReadModel(const Value& model, const std::string& where, Vocabulary& vocabulary) {
  if (!model.is_object()) FailInvalid("it has no `model`", where);
  // Old files do not say the type of a WordPiece model, but they have its limit.
  const bool looks_like_word_piece = model.contains("max_input_chars_per_word");
  const std::string type = Text(model, "type", looks_like_word_piece ? "WordPiece" : "", where);
  if (type != "WordPiece") {
    FailUnsupported(fmt::format("its tokenizer is \"{}\", not WordPiece", type), where);
  }
  const std::string prefix = Text(model, "continuing_subword_prefix", "##", where);
  if (prefix != "##") {
    FailUnsupported(fmt::format("its pieces inside words begin with \"{}\", not \"##\"", prefix),
                    where);
  }
  vocabulary.unknown = Text(model, "unk_token", vocabulary.unknown, where);
  const Value& longest = Member(model, "max_input_chars_per_word");
  if (!longest.is_null()) {
    if (!longest.is_number_unsigned() || longest.get<uint64_t>() > kMostWordCharacters) {
      FailInvalid(fmt::format("`max_input_chars_per_word` must be a whole number from 0 to {}",
                              kMostWordCharacters),
                  where);
    }
    vocabulary.max_word_characters = longest.get<int>();
  }
  const Value& pieces = Member(model, "vocab");
  if (!pieces.is_object()) FailInvalid("`model.vocab` must be an object", where);
  if (pieces.size() > Vocabulary::kMaxPieces) {
    FailInvalid(fmt::format("more than {} pieces", Vocabulary::kMaxPieces), where);
  }
  for (const auto& [piece, id_value] : pieces.items()) {
    const auto id = static_cast<size_t>(tokenizer_json::Id(id_value, piece, where));
    if (id >= vocabulary.pieces.size()) vocabulary.pieces.resize(id + 1);
    if (!vocabulary.pieces[id].empty()) {
      FailInvalid(
          fmt::format("\"{}\" and \"{}\" have the same id {}", vocabulary.pieces[id], piece, id),
          where);
    }
    vocabulary.pieces[id] = piece;
  }
}

void ReadNormalizer(const Value& normalizer, const std::string& where, Vocabulary& vocabulary) {
  const std::string type = TypeName(normalizer, where);
  if (type != "BertNormalizer") {
    FailUnsupported(fmt::format("its normalizer is \"{}\", not BERT's", type), where);
  }
  if (!Boolean(normalizer, "clean_text", true, where)) {
    FailUnsupported("its normalizer keeps control characters (`clean_text` is false)", where);
  }
  WordPieceOptions& options = vocabulary.options;
  options.lower_case = Boolean(normalizer, "lowercase", options.lower_case, where);
  if (!Member(normalizer, "strip_accents").is_null()) {
    options.strip_accents = Boolean(normalizer, "strip_accents", false, where);
  }
  options.tokenize_chinese_chars =
      Boolean(normalizer, "handle_chinese_chars", options.tokenize_chinese_chars, where);
}

// What an element of a template stands for: the name of a token, or <A> or <B> for a text.
std::string TemplateElement(const Value& element, const std::string& where) {
  if (!element.is_object()) FailInvalid("an element of the template must be an object", where);
  const Value& sequence = Member(element, "Sequence");
  if (sequence.is_object()) return fmt::format("<{}>", Text(sequence, "id", "", where));
  const Value& special = Member(element, "SpecialToken");
  if (special.is_object()) return Text(special, "id", "", where);
  FailInvalid("an element of the template is neither a sequence nor a special token", where);
}

std::vector<std::string> ReadTemplate(const Value& processor, const char* name,
                                      const std::string& where) {
  const Value& elements = Member(processor, name);
  if (!elements.is_array()) FailInvalid(fmt::format("`{}` must be a list", name), where);
  std::vector<std::string> names;
  for (const Value& element : elements) names.push_back(TemplateElement(element, where));
  return names;
}

// What is put around texts must be what WordPiece::Encode puts.
void ReadPostProcessor(const Value& processor, const std::string& where, Vocabulary& vocabulary) {
  const std::string type = TypeName(processor, where);
  if (type == "none" || type == "BertProcessing") return;
  if (type != "TemplateProcessing") {
    FailUnsupported(fmt::format("its post-processor is \"{}\", not BERT's", type), where);
  }
  const std::vector<std::string> single = ReadTemplate(processor, "single", where);
  const std::vector<std::string> pair = ReadTemplate(processor, "pair", where);
  const bool known =
      single.size() == 3 && single[1] == "<A>" &&
      pair == std::vector<std::string>{single[0], "<A>", single[2], "<B>", single[2]};
  if (!known) {
    FailUnsupported(
        "its post-processor is not \"[CLS] text [SEP]\" and \"[CLS] first [SEP] second [SEP]\"",
        where);
  }
  vocabulary.classification = single[0];
  vocabulary.separator = single[2];
}

[[noreturn]] void FailWithoutVocabulary(const Path& folder) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kOthers = {
      {{"vocab.json", "a byte-pair tokenizer (RoBERTa, GPT-2)"},
       {"merges.txt", "a byte-pair tokenizer (RoBERTa, GPT-2)"},
       {"sentencepiece.bpe.model", "a SentencePiece tokenizer (XLM-R)"},
       {"spiece.model", "a SentencePiece tokenizer (ALBERT, T5)"},
       {"tokenizer.model", "a SentencePiece tokenizer (Llama)"},
       {"spm.model", "a SentencePiece tokenizer (DeBERTa)"}}};
  for (const auto& [file, name] : kOthers) {
    if (std::filesystem::exists(folder / file)) {
      FailUnsupported(fmt::format("{} shows {}, not WordPiece", file, name), folder.string());
    }
  }
  throw Error(ErrorCode::kNotFound, "no tokenizer: neither tokenizer.json nor vocab.txt",
              folder.string(), "Give the folder of a Hugging Face BERT model");
}

}  // namespace

Vocabulary ParseVocabularyText(std::string_view text, const std::string& where) {
  Vocabulary vocabulary;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string line_where = fmt::format("{}, line {}", where, vocabulary.pieces.size() + 1);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!IsValidUtf8(line)) FailInvalid("a piece is not UTF-8", line_where);
    if (vocabulary.pieces.size() == Vocabulary::kMaxPieces) {
      FailInvalid(fmt::format("more than {} pieces", Vocabulary::kMaxPieces), line_where);
    }
    vocabulary.pieces.emplace_back(WithoutTrailingWhiteSpace(line));
  }
  return vocabulary;
}

Vocabulary ParseTokenizerJson(std::string_view json, const std::string& where) {
  const Value document = tokenizer_json::ParseObject(json, where);
  Vocabulary vocabulary;
  ReadModel(Member(document, "model"), where, vocabulary);
  ReadNormalizer(Member(document, "normalizer"), where, vocabulary);
  const std::string splitter = TypeName(Member(document, "pre_tokenizer"), where);
  if (splitter != "BertPreTokenizer") {
    FailUnsupported(fmt::format("its pre-tokenizer is \"{}\", not BERT's", splitter), where);
  }
  ReadPostProcessor(Member(document, "post_processor"), where, vocabulary);
  const Value& added_tokens = Member(document, "added_tokens");
  if (!added_tokens.is_null() && !added_tokens.is_array()) {
    FailInvalid("`added_tokens` must be a list", where);
  }
  for (const Value& object : added_tokens) {
    AddedToken token = tokenizer_json::ReadAddedToken(object, where);
    token.id = tokenizer_json::Id(Member(object, "id"), token.content, where);
    vocabulary.added_tokens.push_back(std::move(token));
  }
  return vocabulary;
}

Vocabulary ReadVocabulary(const Path& folder) {
  const auto read = [&](const char* name) { return ReadFile(folder / name, kLargestFile); };
  const auto where = [&](const char* name) { return (folder / name).string(); };
  const auto exists = [&](const char* name) { return std::filesystem::exists(folder / name); };

  TokenizerForm form = TokenizerForm::kTokenizerJson;
  Vocabulary vocabulary;
  if (exists("tokenizer.json")) {
    vocabulary = ParseTokenizerJson(read("tokenizer.json"), where("tokenizer.json"));
  } else if (exists("vocab.txt")) {
    form = TokenizerForm::kVocabularyText;
    vocabulary = ParseVocabularyText(read("vocab.txt"), where("vocab.txt"));
  } else {
    FailWithoutVocabulary(folder);
  }
  if (exists("added_tokens.json")) {
    ParseAddedTokens(read("added_tokens.json"), where("added_tokens.json"), vocabulary);
  }
  if (exists("special_tokens_map.json")) {
    ParseSpecialTokensMap(read("special_tokens_map.json"), where("special_tokens_map.json"),
                          vocabulary);
  }
  if (exists("tokenizer_config.json")) {
    ParseTokenizerConfig(read("tokenizer_config.json"), where("tokenizer_config.json"), form,
                         vocabulary);
  }
  return vocabulary;
}

}  // namespace dpr
