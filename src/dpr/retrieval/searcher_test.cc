// Dense, BM25 and hybrid search over one small collection with a real, tiny encoder.
#include "dpr/retrieval/searcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/data/passage_source.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSubjects[] = {"moon", "sea", "iron", "rust", "tower", "stone"};
constexpr const char* kVerbs[] = {"pulls", "covers", "becomes", "breaks", "meets"};

class SearcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string lines;
    for (int i = 0; i < 90; ++i) {
      lines += nlohmann::json({{"id", "p" + std::to_string(i)},
                               {"title", kSubjects[i % 6]},
                               {"text", std::string("The ") + kSubjects[i % 6] + " " +
                                            kVerbs[i % 5] + " the " + kSubjects[i / 6 % 6] +
                                            " in year " + std::to_string(1900 + i)}})
                   .dump() +
               "\n";
    }
    NoProgress progress;
    IndexOptions options;
    options.lexical = LexicalRecord();
    options.segment_passages = 40;
    IndexPassages(collection(), ListSources({folder_.Write("p.jsonl", lines)}),
                  Retriever::Open(testing::TestData() / "encoder" / "st_mean"), options, progress);
    DeletePassages(collection(), std::vector<std::string>{"p3", "p44"});
  }
  Path collection() const { return folder_.path() / "c.dpr"; }
  Searcher Open(SearchMode mode, Fusion fusion = Fusion::kReciprocalRank) const {
    SearcherOptions options;
    options.mode = mode;
    options.fusion = fusion;
    return Searcher::Open(collection(), options);
  }

  testing::TemporaryFolder folder_;
  std::vector<std::string> questions_ = {"what pulls the sea", "iron and rust", "tower in 1917",
                                         "nothing known here"};
};

TEST_F(SearcherTest, HybridIsTheDefaultWhereBothExist) {
  EXPECT_EQ(Searcher::Open(collection()).mode(), SearchMode::kHybrid);
}

TEST_F(SearcherTest, EachHitHasBothScoresAndTheyAreThoseOfThePartsAlone) {
  const auto dense = Open(SearchMode::kDense).Search(questions_, 90);
  const auto bm25 = Open(SearchMode::kBm25).Search(questions_, 90);
  for (const Fusion fusion : {Fusion::kReciprocalRank, Fusion::kWeighted, Fusion::kPaper}) {
    const auto hybrid = Open(SearchMode::kHybrid, fusion).Search(questions_, 20);
    for (size_t q = 0; q < questions_.size(); ++q) {
      std::map<int64_t, float> dense_scores, bm25_scores;
      for (const Hit& hit : dense[q]) dense_scores[hit.row] = hit.score;
      for (const Hit& hit : bm25[q]) bm25_scores[hit.row] = hit.score;
      ASSERT_EQ(hybrid[q].size(), 20u);
      for (const Hit& hit : hybrid[q]) {
        EXPECT_EQ(hit.dense_score, dense_scores.at(hit.row)) << "to the bit";
        EXPECT_FLOAT_EQ(*hit.bm25_score, bm25_scores[hit.row]);
      }
    }
  }
}

TEST_F(SearcherTest, ThePapersFusionIsTheBestOfAllExactSums) {
  const Searcher searcher = Open(SearchMode::kHybrid, Fusion::kPaper);
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < searcher.collection().rows(); ++row) {
    if (searcher.collection().is_live(row)) rows.push_back(row);
  }
  const auto found = searcher.Search(questions_, 10);
  for (size_t q = 0; q < questions_.size(); ++q) {
    const auto dense = searcher.Score(SearchMode::kDense, questions_[q], rows);
    const auto bm25 = searcher.Score(SearchMode::kBm25, questions_[q], rows);
    std::vector<double> sums;
    for (size_t i = 0; i < rows.size(); ++i) sums.push_back(double{bm25[i]} + 1.1 * dense[i]);
    std::sort(sums.begin(), sums.end(), std::greater<>());
    for (size_t i = 0; i < 10; ++i) EXPECT_FLOAT_EQ(found[q][i].score, static_cast<float>(sums[i]));
  }
}

TEST_F(SearcherTest, DeepListsAreAskedForFewerQuestionsAtATime) {
  std::string lines;
  for (int i = 0; i < 4096; ++i) {
    lines += R"({"id": ")" + std::to_string(i) +
             R"(", "text": "x"})"
             "\n";
  }
  NoProgress progress;
  IndexOptions options;
  options.lexical = LexicalRecord();
  const Path large = folder_.path() / "large.dpr";
  IndexPassages(large, ListSources({folder_.Write("large.jsonl", lines)}), nullptr, options,
                progress);
  const Searcher searcher = Searcher::Open(large);
  EXPECT_EQ(searcher.QuestionsAtATime(100), 1024u);
  EXPECT_EQ(searcher.QuestionsAtATime(4096), 512u);
  EXPECT_EQ(searcher.QuestionsAtATime(int64_t{1} << 40), 512u) << "no list is longer than the rows";
}

TEST_F(SearcherTest, DeletedPassagesAreFoundByNoMode) {
  for (const SearchMode mode : {SearchMode::kDense, SearchMode::kBm25, SearchMode::kHybrid}) {
    const Searcher searcher = Open(mode);
    for (const auto& hits : searcher.Search(questions_, 90)) {
      for (const Hit& hit : hits) EXPECT_TRUE(searcher.collection().is_live(hit.row));
    }
  }
}

TEST_F(SearcherTest, BM25FindsNothingForUnknownWordsAndHybridStillDoes) {
  const std::string question = "zebra";
  EXPECT_THAT(Open(SearchMode::kBm25).Search({&question, 1}, 5)[0], IsEmpty());
  EXPECT_EQ(Open(SearchMode::kHybrid).Search({&question, 1}, 5)[0].size(), 5u);
}

TEST_F(SearcherTest, TheWeightDecidesBetweenTheParts) {
  SearcherOptions options;
  options.fusion = Fusion::kWeighted;
  for (const auto& [weight, mode] :
       {std::pair(1.0, SearchMode::kDense), {0.0, SearchMode::kBm25}}) {
    options.weight = weight;
    const auto fused = Searcher::Open(collection(), options).Search(questions_, 3);
    const auto alone = Open(mode).Search(questions_, 3);
    EXPECT_EQ(fused[0][0].row, alone[0][0].row);
  }
}

TEST_F(SearcherTest, ANormalisedEncoderWarnsOfThePapersSum) {
  EXPECT_THAT(Open(SearchMode::kHybrid, Fusion::kPaper).Warning(), HasSubstr("nearly BM25 alone"));
  EXPECT_THAT(Open(SearchMode::kHybrid).Warning(), IsEmpty());
  SearcherOptions chosen;
  chosen.mode = SearchMode::kHybrid;
  chosen.fusion = Fusion::kPaper;
  chosen.weight = 20;
  EXPECT_THAT(Searcher::Open(collection(), chosen).Warning(), IsEmpty());
}

TEST_F(SearcherTest, EmptyQuestionsAndAKOf0AreRefused) {
  const Searcher searcher = Open(SearchMode::kBm25);
  const std::string blank = " ", question = "moon";
  EXPECT_THROW(searcher.Search({&blank, 1}, 5), Error);
  EXPECT_THROW(searcher.Search({&question, 1}, 0), Error);
}

}  // namespace
}  // namespace dpr
