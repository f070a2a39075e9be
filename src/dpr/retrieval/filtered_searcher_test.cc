// Search with a filter against the naive way: search everything, then leave out what does not
// match.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/data/passage_source.h"
#include "dpr/retrieval/searcher.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kPassages = 10'000;
constexpr const char* kWords[] = {"moon", "sea", "iron", "rust", "tower", "stone", "pulls", "year"};
// Of 10,000 passages whose u is a permutation of 0 to 9,999.
constexpr std::pair<const char*, int> kFilters[] = {
    {"u >= 0", 10'000}, {"u < 1000", 1000}, {"u < 100", 100}, {"u < 1", 1}, {"u < 0", 0}};

// Many texts alike, so that scores tie.
std::string Lines() {
  const CounterRandom random(6, 0);
  std::string lines;
  for (int i = 0; i < kPassages; ++i) {
    std::string text;
    for (uint64_t w = 0; w < 3; ++w) {
      text += std::string(kWords[random.Below(static_cast<uint64_t>(i) * 3 + w, 8)]) + " ";
    }
    lines += nlohmann::json(
                 {{"id", "p" + std::to_string(i)}, {"text", text}, {"u", i * 7919 % kPassages}})
                 .dump() +
             "\n";
  }
  return lines;
}

class FilteredSearcherTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing::TemporaryFolder>();
    NoProgress progress;
    IndexOptions options;
    options.lexical = LexicalRecord();
    options.segment_passages = 3300;
    IndexPassages(collection(), ListSources({folder_->Write("p.jsonl", Lines())}),
                  Retriever::Open(testing::TestData() / "encoder" / "st_mean"), options, progress);
    // u of i is i * 7919 % 10,000: of p0 0, so that one filter's only passage stays.
    DeletePassages(collection(), std::vector<std::string>{"p1", "p3299", "p3300", "p9999"});
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static Path collection() { return folder_->path() / "c.dpr"; }
  static Searcher Open(SearchMode mode, const std::string& where = {},
                       Fusion fusion = Fusion::kReciprocalRank) {
    SearcherOptions options;
    options.mode = mode;
    options.where = where;
    options.fusion = fusion;
    return Searcher::Open(collection(), options);
  }
  // What `found` holds of the rows of a filter, at most k.
  static std::vector<ScoredRow> Naive(const std::vector<ScoredRow>& found, const RowFilter& filter,
                                      int64_t k) {
    std::vector<ScoredRow> kept;
    for (const ScoredRow& hit : found) {
      if (filter.Contains(hit.row) && static_cast<int64_t>(kept.size()) < k) kept.push_back(hit);
    }
    return kept;
  }
  static void ExpectSame(const std::vector<Hit>& found, const std::vector<Hit>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].row, expected[i].row) << "rank " << i;
      EXPECT_EQ(found[i].score, expected[i].score) << "rank " << i;
    }
  }

  static std::unique_ptr<testing::TemporaryFolder> folder_;
  // One question is scanned for, many are a matrix product.
  std::vector<std::vector<std::string>> question_lists_ = {
      {"what pulls the sea"},
      {"what pulls the sea", "iron and rust", "tower", "nothing known here", "moon moon sea",
       "a year of stone", "sea", "rust", "stone tower", "iron moon", "pulls year", "sea year",
       "tower moon rust iron"}};
};

std::unique_ptr<testing::TemporaryFolder> FilteredSearcherTest::folder_;

TEST_F(FilteredSearcherTest, OneWayIsExactAtEverySelectivity) {
  for (const SearchMode mode : {SearchMode::kDense, SearchMode::kBm25}) {
    const Searcher all = Open(mode);
    for (const auto& [where, most] : kFilters) {
      const Searcher filtered = Open(mode, where);
      const RowFilter& filter = filtered.filter();
      EXPECT_LE(filter.count(), most);
      EXPECT_GE(filter.count(), most - 4) << "deleted ones match no filter";
      for (const auto& questions : question_lists_) {
        const auto everything = all.Search(questions, kPassages);
        const auto found = filtered.Search(questions, 20);
        const auto asked = all.Search(questions, 20, *all.Filter(where));
        for (size_t q = 0; q < questions.size(); ++q) {
          std::vector<Hit> expected;
          for (const Hit& hit : everything[q]) {
            if (filter.Contains(hit.row) && expected.size() < 20) expected.push_back(hit);
          }
          ExpectSame(found[q], expected);
          ExpectSame(asked[q], expected);
        }
      }
    }
  }
}

TEST_F(FilteredSearcherTest, EachFusionIsThatOfTheFilteredLists) {
  for (const Fusion fusion : {Fusion::kReciprocalRank, Fusion::kWeighted, Fusion::kPaper}) {
    const Searcher all = Open(SearchMode::kHybrid, {}, fusion);
    const int64_t depth = FusionDepth(fusion);
    for (const auto& [where, most] : kFilters) {
      const Searcher filtered = Open(SearchMode::kHybrid, where, fusion);
      for (const auto& questions : question_lists_) {
        auto parts = all.SearchParts(questions, kPassages);
        const auto found = filtered.Search(questions, 20);
        for (size_t q = 0; q < questions.size(); ++q) {
          parts[q].dense = Naive(parts[q].dense, filtered.filter(), depth);
          parts[q].bm25 = Naive(parts[q].bm25, filtered.filter(), depth);
          std::erase_if(parts[q].both, [&](const Hit& hit) {
            const auto lists = [&](const std::vector<ScoredRow>& list) {
              return std::ranges::find(list, hit.row, &ScoredRow::row) != list.end();
            };
            return !lists(parts[q].dense) && !lists(parts[q].bm25);
          });
          auto expected = Fuse(parts[q], fusion, all.weight(), 20);
          ExpectSame(found[q], expected);
        }
      }
    }
  }
}

TEST_F(FilteredSearcherTest, NothingMatchesAndAMalformedFilterIsRefused) {
  for (const SearchMode mode : {SearchMode::kDense, SearchMode::kBm25, SearchMode::kHybrid}) {
    const Searcher none = Open(mode, "u = 'text'");
    for (const auto& hits : none.Search(question_lists_[1], 5)) EXPECT_THAT(hits, IsEmpty());
    for (const auto& parts : none.SearchParts(question_lists_[1], 5)) {
      EXPECT_THAT(parts.dense, IsEmpty());
      EXPECT_THAT(parts.bm25, IsEmpty());
    }
  }
  EXPECT_THROW(Open(SearchMode::kBm25, "u <"), Error);
}

TEST_F(FilteredSearcherTest, AnExpressionIsEvaluatedOnce) {
  const Searcher searcher = Open(SearchMode::kBm25, "u < 5");
  const auto once = searcher.Filter("u < 1000");
  EXPECT_EQ(searcher.Filter("u < 1000"), once);
  EXPECT_NE(searcher.Filter("u  < 1000"), once) << "by its text";
  EXPECT_EQ(searcher.Filter("u < 5").get(), &searcher.filter());
  for (int i = 0; i < 100; ++i) searcher.Filter("u < " + std::to_string(i));
  EXPECT_NE(searcher.Filter("u < 1000"), once) << "only the last ones are kept";
  EXPECT_THAT(searcher.SettingsText(), HasSubstr("u < 5"));
}

}  // namespace
}  // namespace dpr
