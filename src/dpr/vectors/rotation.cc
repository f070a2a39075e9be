#include "dpr/vectors/rotation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dpr/base/normal.h"
#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr uint64_t kRotationStream = 0x726f74617465;

double Product(const double* a, const double* b, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

void Normalise(double* row, int64_t size) {
  const double length = std::sqrt(Product(row, row, size));
  for (int64_t i = 0; i < size; ++i) row[i] /= length;
}

}  // namespace

Matrix RandomRotation(int64_t dimensions, uint64_t seed) {
  const CounterRandom random(seed, kRotationStream);
  const auto size = static_cast<size_t>(dimensions);
  std::vector<double> rows(size * size);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = NormalDraw(random, i);
  for (int64_t i = 0; i < dimensions; ++i) {
    double* const row = rows.data() + i * dimensions;
    Normalise(row, dimensions);
    // The rows behind it lose what they have of it.
    ParallelFor(dimensions - i - 1, 16, [&](int64_t j) {
      double* const other = row + (j + 1) * dimensions;
      const double common = Product(row, other, dimensions);
      for (int64_t c = 0; c < dimensions; ++c) other[c] -= common * row[c];
    });
  }
  Matrix rotation(dimensions, dimensions);
  std::transform(rows.begin(), rows.end(), rotation.row(0),
                 [](double value) { return static_cast<float>(value); });
  return rotation;
}

}  // namespace dpr
