#include "dpr/text/vocabulary.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"
#include "dpr/text/tokenizer_json.h"

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

// tokenizer.json, whose vocabulary has 30,000 members and more, is parsed by simdjson; its small
// parts are then read like the other files.
class Document {
 public:
  Document(std::string_view json, const std::string& where) : where_(where) {
    if (const auto error = parser_.parse(json.data(), json.size()).get(root_)) {
      throw Error(ErrorCode::kInvalid, fmt::format("it is not JSON: {}", error_message(error)),
                  where, "The file may be damaged or cut short; copy or download it again");
    }
    if (!root_.is_object()) FailInvalid("the document must be an object", where);
    if (root_["model"].get(model_) != simdjson::SUCCESS) FailInvalid("it has no `model`", where);
  }

  // A member of the document, of its model; null when there is none.
  Value Part(const char* name) const { return Read(root_[name]); }
  Value ModelPart(const char* name) const { return Read(model_[name]); }
  template <typename Visit>  // visit(piece, id)
  void ForEachPiece(Visit visit) const {
    simdjson::dom::object pieces;
    if (model_["vocab"].get(pieces) != simdjson::SUCCESS) {
      FailInvalid("`model.vocab` must be an object", where_);
    }
    for (const auto& [piece, value] : pieces) {
      uint64_t id;
      if (value.get(id) != simdjson::SUCCESS) id = Vocabulary::kMaxPieces;
      visit(piece, tokenizer_json::Id(Value(id), std::string(piece), where_));
    }
  }

 private:
  static Value Read(const simdjson::simdjson_result<simdjson::dom::element>& element) {
    return element.error() == simdjson::SUCCESS
               ? Value::parse(simdjson::minify(element.value_unsafe()))
               : Value();
  }

  const std::string& where_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  simdjson::dom::object model_;
};

int ReadMaxWordCharacters(const Value& longest, const std::string& where) {
  if (longest.is_null()) return Vocabulary().max_word_characters;
  if (!longest.is_number_unsigned() || longest.get<uint64_t>() > kMostWordCharacters) {
    FailInvalid(fmt::format("`max_input_chars_per_word` must be a whole number from 0 to {}",
                            kMostWordCharacters),
                where);
  }
  return longest.get<int>();
}

void ReadModel(const Document& document, const std::string& where, Vocabulary& vocabulary) {
  const Value longest = document.ModelPart("max_input_chars_per_word");
  Value names = Value::object();
  for (const char* const name : {"type", "continuing_subword_prefix", "unk_token"}) {
    names[name] = document.ModelPart(name);
  }
  // Old files do not say the type of a WordPiece model, but they have its limit.
  const std::string type = Text(names, "type", longest.is_null() ? "" : "WordPiece", where);
  if (type != "WordPiece") {
    FailUnsupported(fmt::format("its tokenizer is \"{}\", not WordPiece", type), where);
  }
  const std::string prefix = Text(names, "continuing_subword_prefix", "##", where);
  if (prefix != "##") {
    FailUnsupported(fmt::format("its pieces inside words begin with \"{}\", not \"##\"", prefix),
                    where);
  }
  vocabulary.unknown = Text(names, "unk_token", vocabulary.unknown, where);
  vocabulary.max_word_characters = ReadMaxWordCharacters(longest, where);
  document.ForEachPiece([&](std::string_view piece, int32_t id) {
    const auto place = static_cast<size_t>(id);
    if (place >= vocabulary.pieces.size()) vocabulary.pieces.resize(place + 1);
    std::string& same = vocabulary.pieces[place];
    if (!same.empty()) {
      FailInvalid(fmt::format("\"{}\" and \"{}\" have the same id {}", same, piece, id), where);
    }
    same = piece;
  });
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
  const Document document(json, where);
  Vocabulary vocabulary;
  ReadModel(document, where, vocabulary);
  ReadNormalizer(document.Part("normalizer"), where, vocabulary);
  const std::string splitter = TypeName(document.Part("pre_tokenizer"), where);
  if (splitter != "BertPreTokenizer") {
    FailUnsupported(fmt::format("its pre-tokenizer is \"{}\", not BERT's", splitter), where);
  }
  ReadPostProcessor(document.Part("post_processor"), where, vocabulary);
  const Value added_tokens = document.Part("added_tokens");
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
