#include "dpr/vectors/codes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/tensor/ops.h"
#include "dpr/vectors/code_kernels.h"
#include "dpr/vectors/search_test_data.h"
#include "dpr/vectors/word_question.h"

namespace dpr {
namespace {

using testing::Hard;
using testing::HardVectors;

constexpr int64_t kSizes[] = {1, 2, 3, 5, 31, 32, 63, 64, 65, 100, 129, 384, 768};

// What a row's codes stand for, minus the row.
double Lost(const float* x, const uint8_t* codes, const CodeRow& row, int64_t size) {
  double squared = 0;
  for (int64_t i = 0; i < size; ++i) {
    squared += std::pow(x[i] - (double{row.offset} + double{row.scale} * codes[i]), 2);
  }
  return std::sqrt(squared);
}

TEST(Codes, LoseNoMoreThanTheySay) {
  for (const int64_t size : kSizes) {
    for (const Hard kind : {Hard::kNormal, Hard::kTies, Hard::kAllEqual, Hard::kZeros, Hard::kTiny,
                            Hard::kMixedNorms}) {
      const Matrix vectors = HardVectors(kind, 70, size, 3);
      const CodesInMemory codes(vectors.view());
      const CodesView view = codes.view();
      for (int64_t i = 0; i < vectors.rows(); ++i) {
        const float* x = vectors.row(i);
        const double lost = Lost(x, view.codes.row(i), view.rows[i], size);
        ASSERT_LE(lost, view.rows[i].error) << size << ", kind " << static_cast<int>(kind);
        ASSERT_GE(lost * (1 + 1e-6) + 1e-44, view.rows[i].error);
        ASSERT_EQ(view.rows[i].squared_norm, Dot(x, x, size));
        // Half a step in each dimension, and a little for the rounding of floats.
        ASSERT_LE(lost, (0.5 * view.rows[i].scale + 1e-6 * std::abs(view.rows[i].offset)) *
                                std::sqrt(static_cast<double>(size)) * 1.001 +
                            1e-30);
        for (int64_t k = size; k < view.codes.stride; ++k) ASSERT_EQ(view.codes.row(i)[k], 0);
      }
    }
  }
}

TEST(Codes, OfWhatIsNotFiniteSayNothing) {
  Matrix vectors(2, 5);
  vectors.row(0)[3] = std::numeric_limits<float>::infinity();
  vectors.row(1)[0] = std::numeric_limits<float>::quiet_NaN();
  const CodesInMemory codes(vectors.view());
  for (int64_t i = 0; i < 2; ++i) EXPECT_FALSE(std::isfinite(codes.view().rows[i].error));
}

TEST(CodeKernels, SumAllProducts) {
  const CounterRandom random(4, 5);
  for (const int64_t stride : {64, 128, 384, 832}) {
    AlignedBuffer<uint8_t> codes(static_cast<size_t>(7 * stride));
    AlignedBuffer<int16_t> words(static_cast<size_t>(stride));
    for (int64_t i = 0; i < 7 * stride; ++i) {
      codes.data()[i] = static_cast<uint8_t>(random.Below(static_cast<uint64_t>(i), 256));
    }
    for (int64_t i = 0; i < stride; ++i) {
      words.data()[i] = static_cast<int16_t>(
          static_cast<int64_t>(random.Below(static_cast<uint64_t>(i) + 99999, 16001)) - 8000);
    }
    int32_t sums[7];
    CodeRowsDotWords(codes.data(), stride, 7, words.data(), sums);
    for (int64_t j = 0; j < 7; ++j) {
      const uint8_t* row = codes.data() + j * stride;
      int64_t by_words = 0, by_codes = 0;
      for (int64_t i = 0; i < stride; ++i) {
        by_words += int64_t{row[i]} * words.data()[i];
        by_codes += int64_t{row[i]} * codes.data()[i];
      }
      EXPECT_EQ(sums[j], by_words) << stride;
      EXPECT_EQ(CodeDotWords(row, words.data(), stride), by_words) << stride;
      EXPECT_EQ(CodeDotCode(row, codes.data(), stride), by_codes) << stride;
    }
  }
}

// Products of both kinds are within what both sides lost of the true ones, and by rounding.
TEST(Codes, ProductsAreWithinTheirErrors) {
  for (const int64_t size : kSizes) {
    const Matrix vectors = HardVectors(Hard::kNormal, 130, size, 6);
    const Matrix questions = HardVectors(Hard::kNormal, 40, size, 7);
    const CodesInMemory codes(vectors.view());
    const CodesView view = codes.view();
    std::vector<float> scale, offset;
    for (int64_t j = 0; j < 130; ++j) {
      scale.push_back(view.rows[j].scale);
      offset.push_back(view.rows[j].offset);
    }
    const CodedQuestions coded(questions.view());
    Matrix products(130, 40);
    coded.Multiply(view.codes, scale.data(), offset.data(), products.view());
    for (int64_t i = 0; i < 40; ++i) {
      const float* q = questions.row(i);
      const double norm = std::sqrt(Dot(q, q, size));
      const WordQuestion words(q, size);
      EXPECT_LT(words.error(), 0.001 * norm + 1e-6);
      for (int64_t j = 0; j < 130; ++j) {
        const CodeRow& row = view.rows[j];
        double truth = 0;
        for (int64_t k = 0; k < size; ++k) truth += double{q[k]} * vectors.row(j)[k];
        const double length = std::sqrt(row.squared_norm) + row.error;
        const auto allowed = [&](double question_error) {
          return norm * row.error + question_error * length +
                 8 * 0x1p-24 * (1 + std::sqrt(static_cast<double>(size))) * length *
                     (norm + question_error);
        };
        ASSERT_NEAR(products.row(j)[i], truth, allowed(coded.error(i))) << size;
        ASSERT_NEAR(words.Product(view.codes.row(j), row), truth, allowed(words.error())) << size;
      }
    }
  }
}

class CodeFileTest : public ::testing::Test {
 protected:
  void Flip(uint64_t at) const {
    File file = File::OpenForUpdating(path_);
    std::byte byte[1];
    file.ReadAt(at, byte);
    byte[0] ^= std::byte{1};
    file.WriteAt(at, byte);
  }

  VectorFile Written(const Matrix& vectors) const {
    const Path path = folder_.path() / "vectors.f32";
    VectorFileWriter writer = VectorFileWriter::Create(path, vectors.columns());
    writer.Append(vectors.view());
    writer.Finish();
    return VectorFile(path);
  }

  testing::TemporaryFolder folder_;
  Path path_ = folder_.path() / "vectors.i8";
  NoProgress progress_;
};

TEST_F(CodeFileTest, HoldsWhatCodingInMemoryGives) {
  for (const int64_t size : {1, 7, 64, 130}) {
    for (const int64_t rows : {1, 3, 300}) {
      const Matrix vectors = HardVectors(Hard::kNormal, rows, size, 8);
      const VectorFile written = Written(vectors);
      WriteCodeFile(path_, written, progress_);
      const CodeFile file(path_);
      EXPECT_EQ(file.vectors(), written.checksum());
      file.Verify();
      const CodesInMemory expected(vectors.view());
      const CodesView a = file.view(), b = expected.view();
      ASSERT_EQ(a.codes.rows, rows);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(a.codes.data) % 64, 0u);
      EXPECT_EQ(0, std::memcmp(a.rows, b.rows, sizeof(CodeRow) * static_cast<size_t>(rows)));
      EXPECT_EQ(
          0, std::memcmp(a.codes.data, b.codes.data, static_cast<size_t>(rows * a.codes.stride)));
    }
  }
}

TEST_F(CodeFileTest, EveryDamagedByteIsFound) {
  WriteCodeFile(path_, Written(HardVectors(Hard::kNormal, 3, 5, 9)), progress_);
  const uint64_t bytes = FileSize(path_);
  for (uint64_t at = 0; at < bytes; ++at) {
    Flip(at);
    EXPECT_THROW(CodeFile(path_).Verify(), Error) << at;
    Flip(at);
  }
  File::OpenForUpdating(path_).Truncate(bytes - 1);
  EXPECT_THROW(CodeFile{path_}, Error);
}

}  // namespace
}  // namespace dpr
