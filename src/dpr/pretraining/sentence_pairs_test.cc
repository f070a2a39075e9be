#include "dpr/pretraining/sentence_pairs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// Every word says where it stands: "a3p2w5" is word 5 of passage 2 of article 3.
std::string Word(int article, int passage, int word) {
  return "a" + std::to_string(article) + "p" + std::to_string(passage) + "w" + std::to_string(word);
}

struct Place {
  int article, passage, word;
  auto operator<=>(const Place&) const = default;
};

class SentencePairsTest : public ::testing::Test {
 protected:
  SentencePairsTest() {
    pieces_ = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    for (int article = 0; article < kArticles; ++article) {
      for (int passage = 0; passage < Passages(article); ++passage) {
        std::string text;
        for (int word = 0; word < kWords; ++word) {
          places_[static_cast<int32_t>(pieces_.size())] = {article, passage, word};
          pieces_.push_back(Word(article, passage, word));
          text += pieces_.back() + " ";
        }
        all_.push_back(store_.size());
        store_.Add({"", "article " + std::to_string(article), text, ""});
      }
    }
    store_.Finish();
    tokenizer_.emplace(pieces_, WordPieceOptions());
  }
  // The first has one passage only.
  static int Passages(int article) { return article == 0 ? 1 : 2 + article % 3; }

  SentencePairs Pairs(const LanguageModelSettings& settings) const {
    return {store_, all_, *tokenizer_, settings, 0};
  }

  // The pair with its hidden pieces put back.
  static MaskedPair Unmasked(MaskedPair pair) {
    for (size_t i = 0; i < pair.places.size(); ++i) pair.ids[pair.places[i]] = pair.pieces[i];
    return pair;
  }
  // The places of its words, A's and B's.
  std::vector<Place> PlacesOf(const MaskedPair& pair, int segment) const {
    std::vector<Place> places;
    for (size_t i = 0; i < pair.ids.size(); ++i) {
      const auto found = places_.find(pair.ids[i]);
      if (pair.segments[i] == segment && found != places_.end()) places.push_back(found->second);
    }
    return places;
  }

  static constexpr int kArticles = 12, kWords = 40;
  std::vector<std::string> pieces_;
  std::map<int32_t, Place> places_;
  NumberedPassages store_;
  std::vector<int64_t> all_;
  std::optional<WordPiece> tokenizer_;
};

TEST_F(SentencePairsTest, AreNeighboursOrOfOtherArticlesHalfAndHalf) {
  LanguageModelSettings settings;
  settings.max_length = 64;
  const SentencePairs pairs = Pairs(settings);
  int64_t with_next = 1;  // the article of one passage, by its halves
  for (int article = 1; article < kArticles; ++article) with_next += Passages(article) - 1;
  ASSERT_EQ(pairs.size(), with_next);
  constexpr int kPairs = 2000;
  int next = 0;
  for (int number = 0; number < kPairs; ++number) {
    const MaskedPair pair = Unmasked(pairs.Make(number % pairs.size(), number));
    ASSERT_LE(pair.ids.size(), 64u);
    ASSERT_EQ(pair.segments.size(), pair.ids.size());
    EXPECT_EQ(pair.ids.front(), 2);
    EXPECT_EQ(pair.ids.back(), 3);
    const std::vector<Place> a = PlacesOf(pair, 0), b = PlacesOf(pair, 1);
    ASSERT_FALSE(a.empty() || b.empty());
    EXPECT_TRUE(std::is_sorted(a.begin(), a.end()) && std::is_sorted(b.begin(), b.end()));
    if (pair.next == 1) {
      ++next;
      EXPECT_NE(a[0].article, b[0].article);
    } else {
      EXPECT_EQ(a[0].article, b[0].article);
      EXPECT_LT(a.back(), b.front());
      EXPECT_EQ(b[0].passage - a[0].passage, a[0].article == 0 ? 0 : 1);
    }
  }
  EXPECT_NEAR(next, kPairs / 2.0, 5 * std::sqrt(kPairs / 4.0));
}

TEST_F(SentencePairsTest, HideFifteenPercentInThreeWays) {
  LanguageModelSettings settings;
  settings.short_pairs = 0;
  const SentencePairs pairs = Pairs(settings);
  std::map<std::string, int> ways;
  int asked = 0, words = 0;
  for (int number = 0; number < 1000; ++number) {
    const MaskedPair pair = pairs.Make(number % pairs.size(), number);
    std::set<int64_t> places(pair.places.begin(), pair.places.end());
    ASSERT_EQ(places.size(), pair.places.size()) << "each once";
    for (size_t i = 0; i < pair.places.size(); ++i) {
      const int32_t id = pair.ids[pair.places[i]];
      EXPECT_TRUE(places_.count(pair.pieces[i])) << "a special token is asked for";
      ++ways[id == 4 ? "mask" : id == pair.pieces[i] ? "kept" : "other"];
    }
    asked += static_cast<int>(pair.places.size());
    words += static_cast<int>(pair.ids.size()) - 3;
  }
  EXPECT_NEAR(asked / double(words), .15, .002);
  EXPECT_NEAR(ways["mask"] / double(asked), .8, .02);
  EXPECT_NEAR(ways["kept"] / double(asked), .1, .015);
  EXPECT_NEAR(ways["other"] / double(asked), .1, .015);
}

TEST_F(SentencePairsTest, AreAFunctionOfSeedAndNumber) {
  LanguageModelSettings settings;
  const auto ids = [&](uint64_t seed, int64_t number) {
    settings.seed = seed;
    return Pairs(settings).Make(3, number).ids;
  };
  EXPECT_EQ(ids(1, 5), ids(1, 5));
  EXPECT_NE(ids(1, 5), ids(1, 6));
  EXPECT_NE(ids(1, 5), ids(2, 5));
}

TEST_F(SentencePairsTest, AreShortATenthOfTheTime) {
  LanguageModelSettings settings;
  settings.max_length = 60;
  const SentencePairs pairs = Pairs(settings);
  int shorter = 0;
  for (int number = 0; number < 2000; ++number) {
    shorter += pairs.Make(1, number).ids.size() < 60 ? 1 : 0;
  }
  EXPECT_NEAR(shorter, 200, 60);
}

TEST(SentencePairs, TakeWhatThereIs) {
  NumberedPassages store;
  store.Add({"", "only", "alpha beta gamma delta", ""});
  store.Add({"", "empty", "", ""});
  store.Finish();
  const WordPiece tokenizer({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "alpha", "beta"}, {});
  const SentencePairs pairs(store, {0, 1}, tokenizer, {}, 0);
  EXPECT_EQ(pairs.size(), 2);
  for (int64_t number = 0; number < 20; ++number) {
    EXPECT_GE(pairs.Make(number % 2, number).ids.size(), 3u);
  }
  const WordPiece without({"[PAD]", "[UNK]", "[CLS]", "[SEP]"}, {});
  EXPECT_THROW(SentencePairs(store, {0, 1}, without, {}, 0), Error);
}

}  // namespace
}  // namespace dpr
