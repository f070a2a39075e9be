// Exact search against its slow twin, bit for bit.
#include "dpr/vectors/exact_search.h"

#include <gmock/gmock.h>

#include <deque>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using testing::Hard;
using testing::HardVectors;
using testing::kAllHard;

constexpr Similarity kSimilarities[] = {Similarity::kDot, Similarity::kCosine, Similarity::kL2};

enum class Coded { kNone, kAll, kSome };

// Blocks of uneven sizes, some empty, over the rows of one matrix.
std::vector<VectorBlock> CutUnevenly(const Matrix& vectors, const CounterRandom& random) {
  std::vector<VectorBlock> blocks;
  for (int64_t begin = 0; begin < vectors.rows();) {
    const uint64_t draw = random.Below(static_cast<uint64_t>(begin), 4);
    const int64_t most[] = {0, 1, 300, vectors.rows()};
    const int64_t count =
        std::min(most[blocks.size() % 2 == 0 ? draw : 3 - draw % 3], vectors.rows() - begin);
    blocks.emplace_back(vectors.view().rows_from(begin, count));
    begin += count;
  }
  blocks.emplace_back(ConstFloatView());
  return blocks;
}

// Codes of all blocks, or of every second one; `kept` owns them.
void AddCodes(Coded coded, std::vector<VectorBlock>& blocks, std::deque<CodesInMemory>& kept) {
  for (size_t i = 0; i < blocks.size(); i += coded == Coded::kSome ? 2 : 1) {
    if (coded == Coded::kNone || blocks[i].vectors.rows == 0) continue;
    blocks[i].codes = kept.emplace_back(blocks[i].vectors).view();
  }
}

std::vector<uint64_t> DeletedRows(int64_t rows, uint64_t one_in, const CounterRandom& random) {
  std::vector<uint64_t> deleted;
  for (int64_t row = 0; row < rows && one_in > 0; ++row) {
    if (random.Below(static_cast<uint64_t>(row) + 1000, one_in) != 0) continue;
    deleted.resize(static_cast<size_t>(row / 64) + 1);
    deleted.back() |= uint64_t{1} << row % 64;
  }
  return deleted;
}

void ExpectEqualsNaive(const SearchSpace& space, Similarity similarity, const Matrix& questions,
                       int64_t k, const std::string& what) {
  const auto found = ExactSearch(space, similarity, questions.view(), k);
  const auto expected = NaiveSearch(space, similarity, questions.view(), k);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i], expected[i]) << SimilarityName(similarity) << ", k " << k << ", question "
                                     << i << " of " << found.size() << ", " << what;
  }
}

// One random case: sizes, blocks, deletions and kinds of vectors follow from the seed.
void ExpectRandomCaseEqualsNaive(uint64_t seed) {
  const CounterRandom random(seed, 7);
  const auto pick = [&](uint64_t position, std::initializer_list<int64_t> choices) {
    return choices.begin()[random.Below(position, choices.size())];
  };
  const int64_t d = pick(0, {1, 2, 3, 7, 16, 31, 64, 65, 100, 129});
  const int64_t rows = pick(1, {1, 2, 63, 64, 65, 255, 256, 257, 700, 1300});
  const int64_t count = pick(2, {1, 2, 5, 11, 12, 17, 33, 64, 127, 130});
  const Hard row_kind = kAllHard[random.Below(3, std::size(kAllHard))];
  const Hard question_kind = kAllHard[random.Below(4, std::size(kAllHard))];
  const Matrix vectors = HardVectors(row_kind, rows, d, seed);
  const Matrix questions = HardVectors(question_kind, count, d, seed + 1);
  const std::vector<uint64_t> deleted =
      DeletedRows(rows, static_cast<uint64_t>(pick(5, {0, 0, 1, 2, 10})), random);
  SearchSpace space{CutUnevenly(vectors, random), deleted};
  std::deque<CodesInMemory> codes;
  const auto coded = static_cast<Coded>(random.Below(7, 3));
  AddCodes(coded, space.blocks, codes);
  const int64_t k = pick(6, {1, 2, 10, 100, rows, rows + 5});
  for (const Similarity similarity : kSimilarities) {
    ExpectEqualsNaive(space, similarity, questions, k,
                      "seed " + std::to_string(seed) + ": " + std::to_string(rows) + " rows of " +
                          std::to_string(d) + ", coded " + std::to_string(static_cast<int>(coded)) +
                          ", kinds " + std::to_string(static_cast<int>(row_kind)) + " and " +
                          std::to_string(static_cast<int>(question_kind)));
  }
}

TEST(ExactSearch, EqualsTheNaiveTwinToTheBit) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    ASSERT_NO_FATAL_FAILURE(ExpectRandomCaseEqualsNaive(seed));
  }
}

TEST(ExactSearch, EveryKindOfVectorsAgainstEveryKindOfQuestions) {
  for (const Hard rows : kAllHard) {
    for (const Hard asked : kAllHard) {
      const Matrix vectors = HardVectors(rows, 400, 48, 1);
      const Matrix questions = HardVectors(asked, 20, 48, 2);
      const CodesInMemory codes(vectors.view());
      const SearchSpace plain{{vectors.view()}, {}}, coded{{{vectors.view(), codes.view()}}, {}};
      const Matrix few = HardVectors(asked, 3, 48, 2);
      const std::string what =
          std::to_string(static_cast<int>(rows)) + " " + std::to_string(static_cast<int>(asked));
      for (const Similarity similarity : kSimilarities) {
        ASSERT_NO_FATAL_FAILURE(ExpectEqualsNaive(plain, similarity, questions, 10, what));
        ASSERT_NO_FATAL_FAILURE(ExpectEqualsNaive(coded, similarity, questions, 10, what));
        ASSERT_NO_FATAL_FAILURE(ExpectEqualsNaive(coded, similarity, few, 10, what));
      }
    }
  }
}

// The answers to a batch are those to its questions one by one: scan and GEMM paths agree.
TEST(ExactSearch, BatchesAndSingleQuestionsAgree) {
  const Matrix vectors = HardVectors(Hard::kClose, 1500, 96, 5);
  const Matrix questions = HardVectors(Hard::kNormal, 40, 96, 6);
  const SearchSpace space{{vectors.view()}, {}};
  for (const Similarity similarity : kSimilarities) {
    const auto batch = ExactSearch(space, similarity, questions.view(), 25);
    for (int64_t i = 0; i < questions.rows(); ++i) {
      const auto single = ExactSearch(space, similarity, questions.view().rows_from(i, 1), 25);
      ASSERT_EQ(batch[static_cast<size_t>(i)], single[0]);
    }
  }
}

TEST(ExactSearch, ResultsDoNotDependOnTheNumberOfThreads) {
  const Matrix vectors = HardVectors(Hard::kTies, 9000, 64, 8);  // enough to be shared out
  const Matrix questions = HardVectors(Hard::kTies, 50, 64, 9);
  const SearchSpace space{{vectors.view()}, {}};
  const int before = ThreadCount();
  for (const int threads : {1, 2, 7}) {
    SetThreadCount(threads);
    for (const Similarity similarity : kSimilarities) {
      ASSERT_NO_FATAL_FAILURE(ExpectEqualsNaive(space, similarity, questions, 100, "many"));
      const Matrix few = HardVectors(Hard::kTies, 5, 64, 10);
      ASSERT_NO_FATAL_FAILURE(ExpectEqualsNaive(space, similarity, few, 100, "few"));
    }
  }
  SetThreadCount(before);
}

// Codes spare the exact vectors, or they are of no use.
TEST(ExactSearch, ReadsFewExactVectorsWhereThereAreCodes) {
  const Matrix vectors = HardVectors(Hard::kNormal, 5000, 64, 12);
  const Matrix questions = HardVectors(Hard::kNormal, 30, 64, 13);
  const CodesInMemory codes(vectors.view());
  const SearchSpace space{{{vectors.view(), codes.view()}}, {}};
  for (const Similarity similarity : kSimilarities) {
    for (const int64_t count : {3, 30}) {
      SearchCosts costs;
      ExactSearch(space, similarity, questions.view().rows_from(0, count), 10, &costs);
      EXPECT_EQ(costs.coded, count * 5000);
      EXPECT_LT(costs.scored, count * 60) << SimilarityName(similarity) << " of " << count;
    }
  }
}

TEST(ExactSearch, StridedQuestionsAreRead) {
  const Matrix vectors = HardVectors(Hard::kNormal, 300, 20, 10);
  const Matrix wide = HardVectors(Hard::kNormal, 20, 33, 11);
  const ConstFloatView questions = wide.view().columns_from(3, 20);
  const SearchSpace space{{vectors.view()}, {}};
  for (const int64_t count : {1, 20}) {
    EXPECT_EQ(ExactSearch(space, Similarity::kDot, questions.rows_from(0, count), 7),
              NaiveSearch(space, Similarity::kDot, questions.rows_from(0, count), 7));
  }
}

TEST(ExactSearch, NothingToFindIsNoError) {
  const Matrix vectors = HardVectors(Hard::kNormal, 3, 4, 1);
  const Matrix questions = HardVectors(Hard::kNormal, 19, 4, 2);
  EXPECT_TRUE(
      ExactSearch({{vectors.view()}, {}}, Similarity::kDot, Matrix(0, 4).view(), 5).empty());
  const uint64_t all_deleted = 7;
  for (const SearchSpace& space : {SearchSpace{}, SearchSpace{{ConstFloatView()}, {}},
                                   SearchSpace{{vectors.view()}, std::span(&all_deleted, 1)}}) {
    const auto found = ExactSearch(space, Similarity::kDot, questions.view(), 5);
    ASSERT_EQ(found.size(), 19u);
    for (const auto& hits : found) EXPECT_TRUE(hits.empty());
  }
}

TEST(ExactSearch, AHugeKGivesAllRows) {
  const Matrix vectors = HardVectors(Hard::kNormal, 500, 4, 1);
  const SearchSpace space{{vectors.view()}, {}};
  for (const int64_t count : {1, 20}) {
    const Matrix questions = HardVectors(Hard::kNormal, count, 4, 2);
    const int64_t k = std::numeric_limits<int64_t>::max();
    EXPECT_EQ(ExactSearch(space, Similarity::kL2, questions.view(), k)[0].size(), 500u);
  }
}

TEST(ExactSearch, WrongRequestsAreErrors) {
  const Matrix vectors = HardVectors(Hard::kNormal, 3, 4, 1);
  const SearchSpace space{{vectors.view()}, {}};
  const auto code = [&](int64_t dimensions, int64_t k) {
    try {
      ExactSearch(space, Similarity::kDot, Matrix(1, dimensions).view(), k);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kIo;
  };
  EXPECT_EQ(code(4, 0), ErrorCode::kUsage);
  EXPECT_EQ(code(4, -1), ErrorCode::kUsage);
  EXPECT_EQ(code(5, 1), ErrorCode::kMismatch);
}

}  // namespace
}  // namespace dpr
