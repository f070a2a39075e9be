#include <gtest/gtest.h>

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RandomFloats;
using testing::RandomMatrix;
using testing::RunnableLevels;
using testing::SameBits;

TEST(ReductionKernels, EqualTheirTwinsToTheBitAtEverySize) {
  const std::vector<float> a = RandomFloats(1, 1100), b = RandomFloats(2, 1100);
  for (const CpuLevel level : RunnableLevels()) {
    const ReductionKernels& kernels = KernelsOf(level).reduction;
    for (int64_t size = 0; size < 1000; size += size < 200 ? 1 : 37) {
      for (const int64_t offset : {0, 1, 5}) {
        const float *x = a.data() + offset, *y = b.data() + 2 * offset;
        ASSERT_TRUE(SameBits(kernels.dot(x, y, size), testing::DotTwin(x, y, size)))
            << CpuLevelName(level) << " " << size;
        ASSERT_TRUE(SameBits(kernels.squared_distance(x, y, size),
                             testing::SquaredDistanceTwin(x, y, size)))
            << CpuLevelName(level) << " " << size;
      }
    }
  }
}

TEST(ReductionKernels, GiveRowsTheBitsOfASingleOne) {
  for (const CpuLevel level : RunnableLevels()) {
    const ReductionKernels& kernels = KernelsOf(level).reduction;
    for (const auto& [rows, size] : {std::pair{0, 64}, {1, 3}, {5, 64}, {9, 100}, {37, 384}}) {
      const int64_t stride = size + 5;
      const std::vector<float> q = RandomFloats(1, size), x = RandomFloats(2, rows * stride);
      std::vector<float> dots(static_cast<size_t>(rows)), distances(static_cast<size_t>(rows));
      kernels.dot_rows(q.data(), x.data(), stride, rows, size, dots.data());
      kernels.squared_distance_rows(q.data(), x.data(), stride, rows, size, distances.data());
      for (int64_t j = 0; j < rows; ++j) {
        const float* row = x.data() + j * stride;
        EXPECT_TRUE(SameBits(dots[j], testing::DotTwin(q.data(), row, size)));
        EXPECT_TRUE(SameBits(distances[j], testing::SquaredDistanceTwin(q.data(), row, size)));
      }
    }
  }
}

TEST(ReductionKernels, KeepExtremesAndNan) {
  const float huge = 3e38f, tiny = 1e-45f, nan = std::nanf("");
  for (const CpuLevel level : RunnableLevels()) {
    const ReductionKernels& kernels = KernelsOf(level).reduction;
    for (const float value : {huge, -huge, tiny, 0.0f, -0.0f, nan}) {
      for (const int64_t size : {1, 63, 64, 65, 200}) {
        const std::vector<float> a(static_cast<size_t>(size), value), b = RandomFloats(1, size);
        EXPECT_TRUE(SameBits(kernels.dot(a.data(), b.data(), size),
                             testing::DotTwin(a.data(), b.data(), size)));
        EXPECT_TRUE(SameBits(kernels.squared_distance(a.data(), b.data(), size),
                             testing::SquaredDistanceTwin(a.data(), b.data(), size)));
      }
    }
  }
}

TEST(SumRows, AddsRowsInOrderThenScales) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {3, 20}, {140, 384}, {17, 50}}) {
    const Matrix x = RandomMatrix(1, rows, columns);
    std::vector<float> out(static_cast<size_t>(columns));
    SumRows(x.view(), 1.0f / static_cast<float>(rows), out);
    for (int64_t c = 0; c < columns; ++c) {
      float sum = 0;
      for (int64_t i = 0; i < rows; ++i) sum += x.row(i)[c];
      EXPECT_EQ(out[c], sum * (1.0f / static_cast<float>(rows)));
    }
  }
}

TEST(SumRows, GivesZerosForNoRows) {
  std::vector<float> out(5, 1.0f);
  SumRows({nullptr, 0, 5}, 2.0f, out);
  EXPECT_EQ(out, std::vector<float>(5, 0.0f));
}

TEST(NormalizeInPlace, DividesByTheNorm) {
  for (const int64_t size : {1, 7, 64, 384, 769}) {
    std::vector<float> x = RandomFloats(3, size);
    const float norm = std::sqrt(testing::DotTwin(x.data(), x.data(), size));
    std::vector<float> expected = x;
    for (float& value : expected) value /= norm;
    NormalizeInPlace(x);
    EXPECT_EQ(x, expected);
  }
}

TEST(NormalizeInPlace, LeavesZerosAndKeepsNan) {
  std::vector<float> zeros(10, 0.0f), nans(3, std::nanf(""));
  NormalizeInPlace(zeros);
  EXPECT_EQ(zeros, std::vector<float>(10, 0.0f));
  NormalizeInPlace(nans);
  for (const float value : nans) EXPECT_TRUE(std::isnan(value));
}

TEST(DotRows, IsDotOfEachRow) {
  const Matrix q = RandomMatrix(1, 1, 100), x = RandomMatrix(2, 13, 100);
  std::vector<float> dots(13), distances(13);
  DotRows(q.row(0), x.view(), dots);
  SquaredDistanceRows(q.row(0), x.view(), distances);
  for (int64_t j = 0; j < 13; ++j) {
    EXPECT_EQ(dots[j], Dot(q.row(0), x.row(j), 100));
    EXPECT_EQ(distances[j], SquaredDistance(q.row(0), x.row(j), 100));
  }
}

}  // namespace
}  // namespace dpr
