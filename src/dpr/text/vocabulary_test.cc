#include "dpr/text/vocabulary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/text/wordpiece.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr const char* kVocabularyText = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nA\ne\n";

std::string TokenizerJson(const std::string& normalizer = R"({"type": "BertNormalizer"})",
                          const std::string& model = R"("type": "WordPiece", "unk_token": "[UNK]")",
                          const std::string& more = "") {
  return fmt::format(
      R"({{"added_tokens": [{{"id": 3, "content": "[SEP]", "special": true, "normalized": false}}],
          "normalizer": {}, "pre_tokenizer": {{"type": "BertPreTokenizer"}}, {}
          "model": {{{}, "vocab": {{"[UNK]": 0, "a": 1, "[CLS]": 2, "[SEP]": 3, "e": 5, "A": 4}}}}}})",
      normalizer, more, model);
}

// Runs `read` and gives the error's code and message.
std::pair<ErrorCode, std::string> Failure(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {ErrorCode::kUsage, "no error"};
}

void ExpectFailure(ErrorCode code, const std::string& message, const std::string& json) {
  const auto [got, what] = Failure([&] { ParseTokenizerJson(json, "FILE"); });
  EXPECT_EQ(got, code) << what;
  EXPECT_THAT(what, AllOf(HasSubstr("FILE"), HasSubstr(message)));
}

TEST(Vocabulary, TextHasAPieceALine) {
  EXPECT_THAT(ParseVocabularyText("[UNK]\r\na \t\n\n##b\u3000\nc", "f").pieces,
              ElementsAre("[UNK]", "a", "", "##b", "c"));
  EXPECT_TRUE(ParseVocabularyText("", "f").pieces.empty());
}

TEST(Vocabulary, TextThatIsNotUtf8NamesTheLine) {
  const auto [code, what] = Failure([] { ParseVocabularyText("a\nb\xFF\n", "vocab.txt"); });
  EXPECT_EQ(code, ErrorCode::kInvalid);
  EXPECT_THAT(what, HasSubstr("vocab.txt, line 2"));
}

TEST(Vocabulary, JsonHasPiecesByIdAndSettings) {
  const Vocabulary vocabulary = ParseTokenizerJson(
      TokenizerJson(R"({"type": "BertNormalizer", "lowercase": false, "strip_accents": true,
                        "handle_chinese_chars": false})",
                    R"("unk_token": "[UNK]", "max_input_chars_per_word": 7)"),
      "f");
  EXPECT_THAT(vocabulary.pieces, ElementsAre("[UNK]", "a", "[CLS]", "[SEP]", "A", "e"));
  EXPECT_FALSE(vocabulary.options.lower_case);
  EXPECT_EQ(vocabulary.options.strip_accents, true);
  EXPECT_FALSE(vocabulary.options.tokenize_chinese_chars);
  EXPECT_EQ(vocabulary.max_word_characters, 7);
  ASSERT_EQ(vocabulary.added_tokens.size(), 1u);
  EXPECT_EQ(vocabulary.added_tokens[0].content, "[SEP]");
}

TEST(Vocabulary, OtherTokenizersAreRefusedByName) {
  constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;
  const std::string bert = R"({"type": "BertNormalizer"})";
  const std::string model = R"("type": "WordPiece")";
  ExpectFailure(kUnsupported, "\"BPE\"", TokenizerJson(bert, R"("type": "BPE")"));
  ExpectFailure(kUnsupported, "\"Unigram\"", TokenizerJson(bert, R"("type": "Unigram")"));
  ExpectFailure(kUnsupported, "\"Sequence\"", TokenizerJson(R"({"type": "Sequence"})"));
  ExpectFailure(kUnsupported, "\"none\"", TokenizerJson("null"));
  ExpectFailure(kUnsupported, "clean_text",
                TokenizerJson(R"({"type": "BertNormalizer", "clean_text": false})"));
  ExpectFailure(kUnsupported, "\"@@\"",
                TokenizerJson(bert, R"("type": "WordPiece", "continuing_subword_prefix": "@@")"));
  ExpectFailure(kUnsupported, "\"RobertaProcessing\"",
                TokenizerJson(bert, model, R"("post_processor": {"type": "RobertaProcessing"},)"));
  ExpectFailure(kUnsupported, "\"Whitespace\"",
                R"({"model": {"type": "WordPiece", "vocab": {}},
                    "normalizer": {"type": "BertNormalizer"},
                    "pre_tokenizer": {"type": "Whitespace"}})");
}

TEST(Vocabulary, TheTemplateAroundTextsMustBeBerts) {
  const auto with_template = [](const std::string& pair) {
    return TokenizerJson(R"({"type": "BertNormalizer"})", R"("type": "WordPiece")",
                         R"("post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}},
                       {"SpecialToken": {"id": "e"}}], "pair": [)" +
                             pair + "]},");
  };
  const std::string a = R"({"SpecialToken": {"id": "a"}},)", e = R"({"SpecialToken": {"id": "e"}})";
  const std::string first = R"({"Sequence": {"id": "A"}},)",
                    second = R"({"Sequence": {"id": "B"}},)";
  const Vocabulary vocabulary =
      ParseTokenizerJson(with_template(a + first + e + "," + second + e), "f");
  EXPECT_EQ(vocabulary.classification, "a");
  EXPECT_EQ(vocabulary.separator, "e");
  ExpectFailure(ErrorCode::kUnsupported, "post-processor",
                with_template(a + first + e + "," + e + "," + second + e));
}

TEST(Vocabulary, MalformedJsonIsInvalid) {
  constexpr ErrorCode kInvalid = ErrorCode::kInvalid;
  ExpectFailure(kInvalid, "not JSON", "");
  ExpectFailure(kInvalid, "not JSON", TokenizerJson().substr(0, 300));
  ExpectFailure(kInvalid, "not JSON", std::string(100000, '['));
  ExpectFailure(kInvalid, "object", "[]");
  ExpectFailure(kInvalid, "model", "{}");
  ExpectFailure(kInvalid, "model.vocab", R"({"model": {"type": "WordPiece", "vocab": [1]}})");
  for (const char* const id : {"-1", "1.5", "\"1\"", "4294967296", "100000000", "null"}) {
    ExpectFailure(kInvalid, "the id of \"x\"",
                  fmt::format(R"({{"model": {{"type": "WordPiece", "vocab": {{"x": {}}}}}}})", id));
  }
  ExpectFailure(kInvalid, "same id 7",
                R"({"model": {"type": "WordPiece", "vocab": {"x": 7, "y": 7}}})");
  ExpectFailure(kInvalid, "lowercase",
                TokenizerJson(R"({"type": "BertNormalizer", "lowercase": "yes"})"));
  ExpectFailure(kInvalid, "max_input_chars_per_word",
                TokenizerJson("null", R"("type": "WordPiece", "max_input_chars_per_word": -1)"));
}

TEST(Vocabulary, ConfigurationOverrulesTokenizerJson) {
  const TemporaryFolder folder;
  folder.Write("tokenizer.json",
               TokenizerJson(R"({"type": "BertNormalizer", "lowercase": false})"));
  EXPECT_FALSE(ReadVocabulary(folder.path()).options.lower_case);
  folder.Write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  EXPECT_FALSE(ReadVocabulary(folder.path()).options.lower_case) << "silent";
  folder.Write("tokenizer_config.json", R"({"do_lower_case": true, "strip_accents": false})");
  EXPECT_TRUE(ReadVocabulary(folder.path()).options.lower_case);
  EXPECT_EQ(ReadVocabulary(folder.path()).options.strip_accents, false);
  folder.Write("tokenizer_config.json",
               R"({"do_lower_case": true, "tokenizer_class": "PreTrainedTokenizerFast"})");
  EXPECT_FALSE(ReadVocabulary(folder.path()).options.lower_case) << "a class without settings";
}

TEST(Vocabulary, SentenceBertConfigurationIsNotRead) {
  const TemporaryFolder folder;
  folder.Write("vocab.txt", kVocabularyText);
  folder.Write("sentence_bert_config.json", R"({"do_lower_case": false})");
  EXPECT_TRUE(ReadVocabulary(folder.path()).options.lower_case);
  folder.Write("tokenizer_config.json",
               R"({"do_lower_case": false, "tokenize_chinese_chars": false,
                   "model_max_length": 1000000000000000019884624838656})");
  EXPECT_FALSE(ReadVocabulary(folder.path()).options.lower_case);
  EXPECT_FALSE(ReadVocabulary(folder.path()).options.tokenize_chinese_chars);
}

TEST(Vocabulary, NamesOfSpecialTokensComeFromTheConfiguration) {
  const TemporaryFolder folder;
  folder.Write("vocab.txt", kVocabularyText);
  folder.Write("special_tokens_map.json", R"({"sep_token": {"content": "a"}, "cls_token": "A"})");
  folder.Write("tokenizer_config.json", R"({"cls_token": "e", "do_lower_case": false})");
  const WordPiece tokenizer = WordPiece::FromFolder(folder.path());
  EXPECT_EQ(tokenizer.sep_id(), 5);
  EXPECT_EQ(tokenizer.cls_id(), 7);
  std::vector<int32_t> ids;
  tokenizer.Tokenize("xaAe", ids);
  EXPECT_THAT(ids, ElementsAre(1, 5, 6, 7));
}

TEST(Vocabulary, MoreTokensGetTheirIdsOrTheNextFree) {
  const TemporaryFolder folder;
  folder.Write("vocab.txt", kVocabularyText);
  folder.Write("added_tokens.json", R"({"Foo": 10})");
  folder.Write("tokenizer_config.json",
               R"({"additional_special_tokens": ["<q>", {"content": "<p>", "lstrip": true}],
                   "added_tokens_decoder": {"9": {"content": "<x>", "special": true}}})");
  const WordPiece tokenizer = WordPiece::FromFolder(folder.path());
  EXPECT_EQ(tokenizer.pieces().size(), 13u);
  std::vector<int32_t> ids;
  tokenizer.Tokenize("foo<x> <q> <p>", ids);
  EXPECT_THAT(ids, ElementsAre(10, 9, 11, 12));
}

TEST(Vocabulary, AFolderWithoutAVocabularySaysWhatItHas) {
  const TemporaryFolder folder;
  const auto read = [&] { WordPiece::FromFolder(folder.path()); };
  EXPECT_EQ(Failure(read).first, ErrorCode::kNotFound);
  folder.Write("spiece.model", "");
  EXPECT_EQ(Failure(read).first, ErrorCode::kUnsupported);
  EXPECT_THAT(Failure(read).second, HasSubstr("SentencePiece"));
  folder.Write("vocab.txt", kVocabularyText);
  folder.Write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_EQ(Failure(read).first, ErrorCode::kUnsupported);
  EXPECT_THAT(Failure(read).second, HasSubstr("BertJapaneseTokenizer"));
}

TEST(Vocabulary, MalformedConfigurationNamesFileAndMember) {
  const TemporaryFolder folder;
  folder.Write("vocab.txt", kVocabularyText);
  for (const auto& [json, problem] : std::vector<std::pair<std::string, std::string>>{
           {"{", "not JSON from byte"},
           {"[]", "object"},
           {"{\"a\": 1e999}", "number"},
           {R"({"do_lower_case": 1})", "do_lower_case"},
           {R"({"cls_token": 5})", "special token"},
           {R"({"cls_token": {"content": ""}})", "1 to 1000 bytes"},
           {R"({"additional_special_tokens": "x"})", "additional_special_tokens"},
           {R"({"added_tokens_decoder": {"x": {"content": "a"}}})", "`x`"},
           {R"({"added_tokens_decoder": {"99999999": {"content": "b"}}})", "id of \"b\""},
           {R"({"added_tokens_decoder": {"1": 1}})", "object"}}) {
    folder.Write("tokenizer_config.json", json);
    const auto [code, what] = Failure([&] { ReadVocabulary(folder.path()); });
    EXPECT_EQ(code, ErrorCode::kInvalid) << json;
    EXPECT_THAT(what, AllOf(HasSubstr("tokenizer_config.json"), HasSubstr(problem)));
  }
}

TEST(Vocabulary, AMissingSpecialTokenNamesTheFolder) {
  const TemporaryFolder folder;
  folder.Write("vocab.txt", "[UNK]\n[CLS]\na\n");
  const auto [code, what] = Failure([&] { WordPiece::FromFolder(folder.path()); });
  EXPECT_EQ(code, ErrorCode::kInvalid);
  EXPECT_THAT(what, AllOf(HasSubstr(folder.path().string()), HasSubstr("[SEP]")));
}

}  // namespace
}  // namespace dpr
