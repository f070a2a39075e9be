#include "dpr/tensor/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/tensor/kernels.h"

namespace dpr {
namespace {

float Largest(std::span<const float> x) {
  constexpr size_t kLanes = 16;
  float most[kLanes];
  std::fill_n(most, kLanes, x[0]);
  size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (size_t l = 0; l < kLanes; ++l) most[l] = x[i + l] > most[l] ? x[i + l] : most[l];
  }
  for (; i < x.size(); ++i) most[0] = x[i] > most[0] ? x[i] : most[0];
  return *std::max_element(most, most + kLanes);
}

}  // namespace

void CrossEntropyRows(FloatView scores, std::span<const int32_t> targets, double weight,
                      std::span<double> losses, std::span<char> correct) {
  DPR_CHECK(targets.size() == static_cast<size_t>(scores.rows));
  const Kernels& kernels = ActiveKernels();
  for (int64_t i = 0; i < scores.rows; ++i) {
    const auto target = static_cast<size_t>(targets[static_cast<size_t>(i)]);
    DPR_CHECK(target < static_cast<size_t>(scores.columns));
    const std::span<float> row = scores.row_span(i);
    const float own = row[target], most = Largest(row);
    float inverse = 0;
    kernels.softmax.exponentials(row.data(), scores.stride, 1, scores.columns, 1.0f, &inverse);
    losses[static_cast<size_t>(i)] = double{most} - double{own} - std::log(double{inverse});
    correct[static_cast<size_t>(i)] = own >= most ? 1 : 0;
    const float factor = static_cast<float>(weight) * inverse;
    kernels.layer.scale_rows(row.data(), scores.stride, 1, scores.columns, &factor);
    row[target] -= static_cast<float>(weight);
  }
}

}  // namespace dpr
