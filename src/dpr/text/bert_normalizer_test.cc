#include "dpr/text/bert_normalizer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dpr/text/golden_rows.h"
#include "dpr/text/random_text.h"
#include "dpr/text/wordpiece_twin.h"

namespace dpr {
namespace {

constexpr std::array<WordPieceOptions, 5> kOptions = {{{true, std::nullopt, true},
                                                       {true, false, true},
                                                       {false, std::nullopt, true},
                                                       {false, true, true},
                                                       {true, true, false}}};

// The words of every code point between two letters, hashed block by block.
std::string HashOfBlock(const BertNormalizer& normalizer, char32_t begin, char32_t end) {
  testing::Fnv fnv;
  const auto add = [&](std::string_view text) {
    for (const char byte : text) fnv.Add(static_cast<unsigned char>(byte));
  };
  for (char32_t c = begin; c < end; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string normalized = normalizer.Normalize(testing::TwinEncode({U'a', c, U'b'}));
    const auto words = testing::TwinWords(testing::TwinDecode(normalized));
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) add("\x1F");
      add(testing::TwinEncode(words[i]));
    }
    add("\x1E");
  }
  return fmt::format("{:016x}", fnv.hash());
}

TEST(BertNormalizer, EveryCodePointIsTreatedAsByTheReference) {
  const auto rows = testing::GoldenRows("wordpiece/characters.jsonl");
  ASSERT_EQ(rows.size(), 8u);
  for (const auto& row : rows) {
    const BertNormalizer normalizer(
        {row["lower_case"], row["strip_accents"].get<bool>(), row["tokenize_chinese_chars"]});
    char32_t begin = 0;
    for (const std::string hash : row["hashes"]) {
      const char32_t end = begin + (begin < 0x20000 ? 0x1000 : 0x10000);
      EXPECT_EQ(HashOfBlock(normalizer, begin, end), hash)
          << fmt::format("U+{:04X} to U+{:04X}, ", uint32_t{begin}, uint32_t{end} - 1)
          << "lower_case " << row["lower_case"] << ", strip_accents " << row["strip_accents"];
      begin = end;
    }
    EXPECT_EQ(begin, 0x110000u);
  }
}

TEST(BertNormalizer, KnowsThePunctuationOfEveryCodePoint) {
  const BertNormalizer normalizer(WordPieceOptions{});
  for (char32_t c = 0; c < 0x110000; ++c) {
    ASSERT_EQ(normalizer.IsPunctuation(c), bert_characters::IsPunctuation(c)) << uint32_t{c};
  }
}

TEST(BertNormalizer, NoCodePointOutgrowsTheCapacity) {
  for (const WordPieceOptions& options : kOptions) {
    const BertNormalizer normalizer(options);
    for (char32_t c = 0; c < 0x110000; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      const std::string text = testing::TwinEncode({c});
      ASSERT_LE(normalizer.Normalize(text).size(), 3 * text.size()) << uint32_t{c};
    }
  }
}

TEST(BertNormalizer, EqualsItsTwinOnRandomText) {
  testing::RandomText random(1);
  for (const WordPieceOptions& options : kOptions) {
    const BertNormalizer normalizer(options);
    for (int i = 0; i < 4000; ++i) {
      const std::string text = random.Draw(60);
      ASSERT_EQ(normalizer.Normalize(text),
                testing::TwinEncode(testing::TwinNormalize(text, options)))
          << ::testing::PrintToString(text);
    }
  }
}

TEST(BertNormalizer, AsciiInBlocksEqualsItsTwin) {
  const BertNormalizer normalizer(WordPieceOptions{});
  for (int byte = 0; byte < 128; ++byte) {
    for (size_t place = 0; place < 17; ++place) {
      std::string text = "The quick BROWN fox [z{@";
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(normalizer.Normalize(text), testing::TwinEncode(testing::TwinNormalize(text, {})));
    }
  }
}

// Sorting marks by insertion would take hours here.
TEST(BertNormalizer, ALongRunOfMarksTakesNoQuadraticTime) {
  constexpr int kPairs = 150000;
  std::string text = "a", sorted = "a";
  for (int i = 0; i < kPairs; ++i) text += "\u302E\U0001D165";  // classes 224 and 216
  for (int i = 0; i < kPairs; ++i) sorted += "\U0001D165";
  for (int i = 0; i < kPairs; ++i) sorted += "\u302E";
  EXPECT_TRUE(BertNormalizer(WordPieceOptions{}).Normalize(text) == sorted);
}

}  // namespace
}  // namespace dpr
