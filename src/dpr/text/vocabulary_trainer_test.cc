#include "dpr/text/vocabulary_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/text/golden_rows.h"
#include "dpr/text/wordpiece.h"
#include "dpr/text/wordpiece_twin.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TemporaryFolder;
using Pieces = std::vector<std::string>;

VocabularyTrainerOptions OptionsOf(const nlohmann::json& golden) {
  VocabularyTrainerOptions options;
  options.min_frequency = golden["min_frequency"];
  options.alphabet = golden["alphabet"];
  options.text.lower_case = golden.value("lower_case", true);
  if (golden.contains("strip_accents")) options.text.strip_accents = bool(golden["strip_accents"]);
  options.text.tokenize_chinese_chars = golden.value("tokenize_chinese_chars", true);
  return options;
}

// The reference's own order of the pieces "##c" is that of a hash map with a random seed; the
// goldens are made with the order that is ours. See tools/goldens/vocabulary.py.
TEST(VocabularyTrainer, EqualsTheReference) {
  const std::string text = ReadFile(testing::TestData() / "text/vocabulary/text.txt");
  const auto goldens = testing::GoldenRows("vocabulary/cases.jsonl");
  ASSERT_EQ(goldens.size(), 7u);
  for (const auto& golden : goldens) {
    VocabularyTrainer trainer(OptionsOf(golden));
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin) + 1;
      trainer.Add(std::string_view(text).substr(begin, end - begin));
      begin = end;
    }
    const Pieces expected = golden["pieces"], learned = trainer.Learn(golden["size"]);
    const auto [ours, theirs] =
        std::mismatch(learned.begin(), learned.end(), expected.begin(), expected.end());
    EXPECT_TRUE(ours == learned.end() && theirs == expected.end())
        << golden["size"] << " differs at " << ours - learned.begin() << " of " << expected.size();
  }
}

// The slow obvious twin: pieces as texts, all pairs counted anew for each merge.
class Twin {
 public:
  Twin(const std::string& text, const VocabularyTrainerOptions& options) : options_(options) {
    for (const std::u32string& word :
         testing::TwinWords(testing::TwinNormalize(text, options.text))) {
      ++words_[word];
    }
  }

  Pieces Learn(size_t size) {
    pieces_ = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    AddAlphabet();
    while (pieces_.size() < size && MergeMostFrequent()) continue;
    return pieces_;
  }

 private:
  int Id(const std::string& piece) {
    const auto found = std::find(pieces_.begin(), pieces_.end(), piece);
    if (found == pieces_.end()) pieces_.push_back(piece);
    return static_cast<int>(std::find(pieces_.begin(), pieces_.end(), piece) - pieces_.begin());
  }

  void AddAlphabet() {
    std::map<char32_t, int64_t> counts;
    for (const auto& [word, count] : words_) {
      for (const char32_t c : word) counts[c] += count;
    }
    while (counts.size() > options_.alphabet) {
      auto rarest = counts.begin();
      for (auto at = counts.begin(); at != counts.end(); ++at) {
        if (at->second <= rarest->second) rarest = at;
      }
      counts.erase(rarest);
    }
    std::map<char32_t, bool> inside;
    for (const auto& [word, count] : words_) {
      for (size_t i = 1; i < word.size(); ++i) inside[word[i]] = true;
    }
    for (const auto& [c, count] : counts) Id(testing::TwinEncode({c}));
    for (const auto& [c, count] : counts) {
      if (inside[c]) Id("##" + testing::TwinEncode({c}));
    }
    for (const auto& [word, count] : words_) {
      std::vector<int> ids;
      for (size_t i = 0; i < word.size(); ++i) {
        const std::string c = testing::TwinEncode({word[i]});
        if (counts.contains(word[i])) ids.push_back(Id(i == 0 ? c : "##" + c));
      }
      symbols_.emplace_back(ids, count);
    }
  }

  bool MergeMostFrequent() {
    std::map<std::pair<int, int>, int64_t> counts;
    for (const auto& [ids, count] : symbols_) {
      for (size_t i = 1; i < ids.size(); ++i) counts[{ids[i - 1], ids[i]}] += count;
    }
    auto best = counts.begin();
    for (auto at = counts.begin(); at != counts.end(); ++at) {
      if (at->second > best->second) best = at;
    }
    if (best == counts.end() || best->second < options_.min_frequency) return false;
    const auto [left, right] = best->first;
    const int merged = Id(pieces_[left] + pieces_[right].substr(2));
    for (auto& [ids, count] : symbols_) {
      for (size_t i = 0; i + 1 < ids.size(); ++i) {
        if (ids[i] != left || ids[i + 1] != right) continue;
        ids[i] = merged;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
    return true;
  }

  VocabularyTrainerOptions options_;
  std::map<std::u32string, int64_t> words_;
  std::vector<std::pair<std::vector<int>, int64_t>> symbols_;
  Pieces pieces_;
};

// Few letters and long runs of one, so that pairs overlap, counts are equal and pieces are reached
// on several ways.
std::string RandomWords(std::mt19937& random, size_t letters) {
  std::string text;
  for (int words = 60; words > 0; --words) {
    for (auto size = 1 + random() % 9; size > 0; --size) {
      const char letter = static_cast<char>('a' + random() % letters);
      text.append(random() % 4 == 0 ? 1 + random() % 6 : 1, letter);
    }
    text += random() % 8 == 0 ? ". " : " ";
  }
  return text;
}

TEST(VocabularyTrainer, EqualsTheSlowTwin) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 150; ++trial) {
    const std::string text = RandomWords(random, 1 + random() % 6);
    const VocabularyTrainerOptions options = {.min_frequency = int64_t(random() % 4),
                                              .alphabet = 1 + random() % 8};
    VocabularyTrainer trainer(options);
    trainer.Add(text);
    const size_t size = random() % 250;
    ASSERT_EQ(trainer.Learn(size), Twin(text, options).Learn(size)) << text;
  }
}

Pieces Learned(const std::string& text, size_t size, const VocabularyTrainerOptions& options = {}) {
  VocabularyTrainer trainer(options);
  trainer.Add(text);
  Pieces pieces = trainer.Learn(size);
  pieces.erase(pieces.begin(), pieces.begin() + 5);
  return pieces;
}

TEST(VocabularyTrainer, MergesTheMostFrequentPairFirst) {
  // ##u ##g is in 20 of the words, ##u ##n in 16, h ##ug in 15.
  std::string text;
  for (const auto& [word, count] :
       std::map<std::string, int>{{"hug", 10}, {"pug", 5}, {"pun", 12}, {"bun", 4}, {"hugs", 5}}) {
    for (int i = 0; i < count; ++i) text += word + " ";
  }
  EXPECT_THAT(Learned(text, 18), ElementsAre("b", "g", "h", "n", "p", "s", "u", "##g", "##n", "##s",
                                             "##u", "##ug", "##un"));
  EXPECT_THAT(Learned(text, 19).back(), "hug");
}

TEST(VocabularyTrainer, StopsAtTheLeastFrequency) {
  EXPECT_THAT(Learned("ab ab ac", 100), ElementsAre("a", "b", "c", "##b", "##c", "ab"));
  EXPECT_THAT(Learned("ab ab ac", 100, {.min_frequency = 3}),
              ElementsAre("a", "b", "c", "##b", "##c"));
  EXPECT_THAT(Learned("ab ab ac", 100, {.min_frequency = 0}).back(), "ac");
}

TEST(VocabularyTrainer, LeavesRareCharactersOutOfTheirWords) {
  EXPECT_THAT(Learned("axb axb xa a", 100, {.alphabet = 2}),
              ElementsAre("a", "x", "##a", "##x", "ax"));
  EXPECT_THAT(Learned("ab", 100, {.alphabet = 0}), IsEmpty());
}

TEST(VocabularyTrainer, HasTheWholeAlphabetHoweverFewPiecesAreAskedFor) {
  EXPECT_THAT(Learned("cab", 0), ElementsAre("a", "b", "c", "##a", "##b"));
  EXPECT_THAT(Learned("", 10), IsEmpty());
  EXPECT_THAT(VocabularyTrainer({}).Learn(10),
              ElementsAre("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
}

TEST(VocabularyTrainer, DependsOnCountsAndNotOnTheOrderOfTexts) {
  const std::string text = ReadFile(testing::TestData() / "text/vocabulary/text.txt");
  VocabularyTrainer halves({});
  const size_t middle = text.find('\n', text.size() / 2);
  halves.Add(text.substr(middle));
  halves.Add(text.substr(0, middle));
  VocabularyTrainer whole({});
  whole.Add(text);
  EXPECT_EQ(whole.different_words(), halves.different_words());
  EXPECT_EQ(whole.Learn(1000), halves.Learn(1000));
  const Pieces more = whole.Learn(1500), fewer = whole.Learn(800);
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), more.begin()));
}

TEST(VocabularyTrainer, WritesAVocabularyThatTheTokenizerReads) {
  const std::string text = ReadFile(testing::TestData() / "text/vocabulary/text.txt");
  VocabularyTrainer trainer({});
  trainer.Add(text);
  const Pieces pieces = trainer.Learn(1200);
  const TemporaryFolder folder;
  WriteVocabularyText(folder.path() / "vocab.txt", pieces);
  const WordPiece tokenizer = WordPiece::FromFolder(folder.path());
  EXPECT_EQ(tokenizer.pieces(), pieces);
  // Its own text has no unknown words but the one that is longer than 100 characters.
  std::vector<int32_t> ids;
  tokenizer.Tokenize(text, ids);
  EXPECT_LT(std::count(ids.begin(), ids.end(), tokenizer.unk_id()), 40);
}

TEST(VocabularyTrainer, RefusesMorePiecesThanATokenizerReads) {
  EXPECT_THROW(VocabularyTrainer({}).Learn(Vocabulary::kMaxPieces + 1), Error);
}

}  // namespace
}  // namespace dpr
