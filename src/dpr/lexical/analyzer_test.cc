#include "dpr/lexical/analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> Terms(std::string_view text, const std::string& language = "english") {
  Analyzer analyzer({language});
  std::vector<std::string> terms;
  analyzer.ForEachTerm(text, [&](std::string_view term) { terms.emplace_back(term); });
  return terms;
}

TEST(Analyzer, StemsEnglishWithoutStopWords) {
  EXPECT_THAT(Terms("The runners were running to the generously lit houses"),
              ElementsAre("runner", "were", "run", "generous", "lit", "hous"));
  EXPECT_THAT(Terms("John's dogs' THE And"), ElementsAre("john", "dog"));
}

TEST(Analyzer, PortersStemmerIsTheFirstOne) {
  EXPECT_THAT(Terms("generously skies John's", "porter"), ElementsAre("gener", "ski", "john"));
  EXPECT_THAT(Terms("generously skies", "english"), ElementsAre("generous", "sky"));
}

TEST(Analyzer, KnowsOtherLanguagesAndNone) {
  EXPECT_THAT(Terms("Die Häuser der Katzen", "german"), ElementsAre("die", "haus", "der", "katz"));
  EXPECT_THAT(Terms("The runners' houses", "none"), ElementsAre("the", "runners", "houses"));
  EXPECT_THAT(Analyzer::Languages(), Contains("english"));
  EXPECT_THAT(Analyzer::Languages(), Contains("finnish"));
}

TEST(Analyzer, NoLanguageMakesAnEmptyTermOrOneTooLong) {
  std::string text = "s ss es the a i \uFEFB \u0627";
  for (char c = 'a'; c <= 'z'; ++c) text += std::string(" ") + c + " " + c + "s";
  text += " ";
  for (int i = 0; i < 80; ++i) text += "\uFEFB";
  for (const std::string& language : Analyzer::Languages()) {
    for (const std::string& term : Terms(text, language)) {
      EXPECT_FALSE(term.empty()) << language;
      EXPECT_LE(term.size(), Analyzer::kLongestTerm) << language;
    }
  }
}

TEST(Analyzer, AnUnknownLanguageIsRefusedWithThoseThatThereAre) {
  try {
    const Analyzer analyzer({"klingon"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("klingon"));
    EXPECT_THAT(error.hint(), HasSubstr("portuguese"));
  }
}

TEST(Analyzer, CountsTermsInOrderOfAppearance) {
  Analyzer analyzer({"none"});
  const std::vector<TermCount> counts = analyzer.CountTerms("b a b c b a");
  ASSERT_THAT(counts, SizeIs(3));
  EXPECT_EQ(counts[0].term, "b");
  EXPECT_EQ(counts[0].count, 3);
  EXPECT_EQ(counts[1].term, "a");
  EXPECT_EQ(counts[1].count, 2);
  EXPECT_EQ(counts[2].term, "c");
}

TEST(Analyzer, LongWordsAreCutBetweenCharacters) {
  std::string word;
  for (int i = 0; i < 200; ++i) word += "é";
  const std::vector<std::string> terms = Terms(word + " " + std::string(1000, 'x'), "none");
  ASSERT_THAT(terms, SizeIs(2));
  EXPECT_THAT(terms[0], SizeIs(240));
  EXPECT_THAT(terms[1], SizeIs(240));
}

}  // namespace
}  // namespace dpr
