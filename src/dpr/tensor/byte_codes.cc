#include "dpr/tensor/byte_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "dpr/tensor/byte_product.h"
#include "dpr/tensor/kernels.h"

namespace dpr {
namespace {

// By more than double's roundings of a sum of a million squares.
constexpr double kUpwards = 1 + 1e-9;

double ErrorOf(double squared) { return std::sqrt(squared) * kUpwards; }

// What a question's code is: bytes or words of the packed units, by column.
int CodeAt(const float* units, int64_t per_unit, int64_t depth, int64_t column) {
  const float* unit = units + depth / per_unit * kPanelColumns + column;
  const auto* bytes = reinterpret_cast<const int8_t*>(unit);
  if (per_unit == 4) return bytes[depth % 4];
  int16_t word = 0;
  std::memcpy(&word, bytes + 2 * (depth % 2), sizeof(word));
  return word;
}

}  // namespace

void MakeCodes(ConstFloatView x, uint8_t* codes, float* scale, float* offset) {
  constexpr int64_t kUnit = sizeof(float);
  const int64_t stride = CodeStride(x.columns);
  const int64_t written = (x.columns + kUnit - 1) / kUnit * kUnit;
  for (int64_t i = 0; i < x.rows; ++i) {
    std::memset(codes + i * stride + written, 0, static_cast<size_t>(stride - written));
  }
  ActiveKernels().quantizing.quads_of_rows(x.data, x.stride, x.rows, x.columns, nullptr,
                                           reinterpret_cast<float*>(codes), stride / kUnit, scale,
                                           offset);
}

float CodingError(const float* x, const uint8_t* codes, int64_t size, float scale, float offset) {
  double squared = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double lost = double{x[i]} - (double{offset} + double{scale} * codes[i]);
    squared += lost * lost;
  }
  const double error = ErrorOf(squared);
  const auto rounded = static_cast<float>(error);
  return rounded >= error ? rounded
                          : std::nextafter(rounded, std::numeric_limits<float>::infinity());
}

CodedQuestions::CodedQuestions(ConstFloatView questions)
    : questions_(questions.rows), dimensions_(questions.columns) {
  const ByteArithmetic& bytes = ActiveByteArithmetic();
  const int64_t blocks = (questions_ + kPanelColumns - 1) / kPanelColumns;
  const int64_t block_units = kPanelColumns * bytes.Units(dimensions_);
  units_.Reserve(static_cast<size_t>(blocks * block_units));
  scale_.Reserve(static_cast<size_t>(blocks * kPanelColumns));
  sum_.Reserve(static_cast<size_t>(blocks * kPanelColumns));
  errors_.Reserve(static_cast<size_t>(questions_));
  AlignedBuffer<float> panel(static_cast<size_t>(dimensions_ * kPanelColumns));
  for (int64_t first = 0; first < questions_; first += kPanelColumns) {
    const int64_t count = std::min(kPanelColumns, questions_ - first);
    ActiveKernels().packing.pack_rows(questions.row(first), questions.stride, count, dimensions_,
                                      panel.data());
    bytes.quantize_panel(panel.data(), dimensions_, kWeightLevels,
                         units_.data() + first / kPanelColumns * block_units, scale_.data() + first,
                         sum_.data() + first);
    MeasureErrors(questions, first, count);
  }
}

void CodedQuestions::MeasureErrors(ConstFloatView questions, int64_t first, int64_t count) {
  const ByteArithmetic& bytes = ActiveByteArithmetic();
  const float* units =
      units_.data() + first / kPanelColumns * kPanelColumns * bytes.Units(dimensions_);
  for (int64_t j = 0; j < count; ++j) {
    const float* question = questions.row(first + j);
    const double scale = scale_.data()[first + j];
    double squared = 0;
    for (int64_t k = 0; k < dimensions_; ++k) {
      const double lost = question[k] - scale * CodeAt(units, bytes.per_unit, k, j);
      squared += lost * lost;
    }
    errors_.data()[first + j] = ErrorOf(squared);
  }
}

void CodedQuestions::Multiply(CodeView codes, const float* scale, const float* offset,
                              FloatView out) const {
  const ByteArithmetic& bytes = ActiveByteArithmetic();
  Dequantization dequantization;
  dequantization.row_scale = scale;
  dequantization.row_offset = offset;
  dequantization.column_scale = scale_.data();
  dequantization.column_sum = sum_.data();
  PanelProduct product;
  product.rows = codes.rows;
  product.depth = bytes.Units(dimensions_);
  product.panels = units_.data();
  product.columns = questions_;
  product.dequantization = &dequantization;
  product.c = out.data;
  product.c_stride = out.stride;
  if (bytes.per_unit == 4) {
    product.a = reinterpret_cast<const float*>(codes.data);
    product.a_stride = codes.stride / 4;
    return bytes.multiply(product);
  }
  thread_local AlignedBuffer<uint16_t> space;
  uint16_t* const words = space.Reserve(static_cast<size_t>(codes.rows * codes.stride));
  std::copy_n(codes.data, codes.rows * codes.stride, words);
  product.a = reinterpret_cast<const float*>(words);
  product.a_stride = codes.stride / 2;
  bytes.multiply(product);
}

}  // namespace dpr
