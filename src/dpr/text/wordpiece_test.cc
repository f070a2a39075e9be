#include "dpr/text/wordpiece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/text/golden_rows.h"
#include "dpr/text/random_text.h"
#include "dpr/text/wordpiece_twin.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using Ids = std::vector<int32_t>;

Path GoldenFolder(const char* name) { return testing::TestData() / "text/wordpiece" / name; }

std::string Bytes(const std::string& hexadecimal) {
  std::string bytes;
  for (size_t i = 0; i < hexadecimal.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Ids Tokens(const WordPiece& tokenizer, std::string_view text) {
  Ids ids;
  tokenizer.Tokenize(text, ids);
  return ids;
}

void ExpectGoldenTexts(const WordPiece& tokenizer, const char* name) {
  const auto rows = testing::GoldenRows("wordpiece/texts.jsonl");
  ASSERT_GT(rows.size(), 200u);
  for (const auto& row : rows) {
    const std::string text = row.contains("text") ? row["text"].get<std::string>()
                                                  : Bytes(row["bytes"].get<std::string>());
    EXPECT_EQ(Tokens(tokenizer, text), row[name].get<Ids>()) << row.dump();
  }
}

std::vector<std::string> SmallVocabulary() {
  return {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b", "ab", "."};
}

TEST(WordPiece, EqualsTheReferenceUncasedFromVocabularyText) {
  ExpectGoldenTexts(WordPiece::FromFolder(GoldenFolder("uncased")), "uncased");
}

TEST(WordPiece, EqualsTheReferenceCasedFromTokenizerJson) {
  ExpectGoldenTexts(WordPiece::FromFolder(GoldenFolder("cased")), "cased");
}

TEST(WordPiece, EqualsTheReferenceWithOtherSettings) {
  const auto pieces = [](const char* name) {
    return WordPiece::FromFolder(GoldenFolder(name)).pieces();
  };
  ExpectGoldenTexts(WordPiece(pieces("uncased"), {true, false, true}), "uncased_accents");
  ExpectGoldenTexts(WordPiece(pieces("cased"), {false, true, true}), "cased_stripped");
  ExpectGoldenTexts(WordPiece(pieces("uncased"), {true, {}, false}), "uncased_joined_cjk");
}

TEST(WordPiece, FindsAddedTokensAsTheReference) {
  const WordPiece tokenizer = WordPiece::FromFolder(GoldenFolder("added"));
  const auto rows = testing::GoldenRows("wordpiece/added.jsonl");
  ASSERT_GT(rows.size(), 10u);
  for (const auto& row : rows) {
    EXPECT_EQ(Tokens(tokenizer, row["text"].get<std::string>()), row["ids"].get<Ids>()) << row;
  }
}

TEST(WordPiece, EncodesAndCutsAsTheReference) {
  const WordPiece tokenizer = WordPiece::FromFolder(GoldenFolder("uncased"));
  const auto rows = testing::GoldenRows("wordpiece/encoded.jsonl");
  ASSERT_GT(rows.size(), 150u);
  for (const auto& row : rows) {
    const std::string first = row["first"];
    const int max_length = row["max_length"];
    Ids ids, whole;
    bool cut;
    if (row["second"].is_null()) {
      cut = tokenizer.Encode(first, max_length, ids);
      tokenizer.Encode(first, 1000, whole);
    } else {
      const std::string second = row["second"];
      cut = tokenizer.EncodePair(first, second, max_length, ids);
      tokenizer.EncodePair(first, second, 1000, whole);
    }
    EXPECT_EQ(ids, row["ids"].get<Ids>()) << row;
    EXPECT_EQ(cut, whole.size() > ids.size()) << row;
  }
}

TEST(WordPiece, EqualsItsTwinOnRandomText) {
  testing::RandomText random(2);
  for (const char* const name : {"uncased", "cased"}) {
    const WordPiece tokenizer = WordPiece::FromFolder(GoldenFolder(name));
    testing::TwinVocabulary ids;
    for (size_t i = 0; i < tokenizer.pieces().size(); ++i) {
      ids[tokenizer.pieces()[i]] = static_cast<int32_t>(i);
    }
    for (int i = 0; i < 3000; ++i) {
      const std::string text = random.Draw(i % 100 == 0 ? 3000 : 80);
      ASSERT_EQ(Tokens(tokenizer, text), testing::TwinTokenize(text, tokenizer.options(), ids))
          << ::testing::PrintToString(text);
    }
  }
}

// Texts are normalised in parts of 2048 bytes.
TEST(WordPiece, PartsOfALongTextJoinWithoutASeam) {
  const WordPiece tokenizer(SmallVocabulary(), {});
  for (size_t before = 2040; before < 2056; ++before) {
    for (const std::string_view middle : {"ab ", " ab", "\u00E1b", " \u0301a", "[SEP]", "\t.\t"}) {
      const std::string text = std::string(before, ' ') + std::string(middle) + " ab";
      Ids expected = Tokens(tokenizer, middle);
      expected.push_back(9);
      EXPECT_EQ(Tokens(tokenizer, text), expected) << before << middle;
    }
  }
  const std::string one_word(5000, 'a');
  EXPECT_EQ(Tokens(tokenizer, one_word + " a"), (Ids{1, 5}));
}

TEST(WordPiece, AppendsToWhatIsThere) {
  const WordPiece tokenizer(SmallVocabulary(), {});
  Ids ids = {77};
  EXPECT_FALSE(tokenizer.Encode("ab", 8, ids));
  EXPECT_TRUE(tokenizer.EncodePair("a a a", "b b b b", 6, ids));
  EXPECT_THAT(ids, ElementsAre(77, 2, 9, 3, 2, 5, 3, 6, 6, 3));
}

TEST(WordPiece, TheLastOfEqualPiecesCounts) {
  std::vector<std::string> pieces = SmallVocabulary();
  pieces.emplace_back("a");
  EXPECT_THAT(Tokens(WordPiece(pieces, {}), "a"), ElementsAre(11));
}

TEST(WordPiece, PaddingAndMaskNeedNotBeInTheVocabulary) {
  const WordPiece tokenizer({"[UNK]", "[CLS]", "[SEP]", "[", "]", "mask"}, {});
  EXPECT_THAT(Tokens(tokenizer, "[MASK]"), ElementsAre(3, 5, 4));
}

TEST(WordPiece, NamesTheSpecialTokenThatIsMissing) {
  try {
    const WordPiece tokenizer({"[UNK]", "[CLS]", "a"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("\"[SEP]\""));
  }
}

TEST(WordPiece, RefusesALengthWithoutRoomForTheSpecialTokens) {
  const WordPiece tokenizer(SmallVocabulary(), {});
  Ids ids;
  EXPECT_THROW(tokenizer.Encode("a", 1, ids), Error);
  EXPECT_THROW(tokenizer.Encode("a", -5, ids), Error);
  EXPECT_THROW(tokenizer.EncodePair("a", "b", 2, ids), Error);
  EXPECT_TRUE(ids.empty());
}

TEST(WordPiece, ALongWordIsUnknownByCharactersNotBytes) {
  std::vector<std::string> pieces = SmallVocabulary();
  pieces.insert(pieces.end(), {"é", "##é"});
  const WordPiece tokenizer(pieces, {true, false, true});
  std::string word;
  for (int i = 0; i < 100; ++i) word += "é";
  EXPECT_EQ(Tokens(tokenizer, word).size(), 100u);
  EXPECT_THAT(Tokens(tokenizer, word + "é"), ElementsAre(1));
}

}  // namespace
}  // namespace dpr
