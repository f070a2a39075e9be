#include "dpr/tensor/byte_product.h"

#include <algorithm>

namespace dpr {
namespace {

constexpr int64_t kBlockUnits = 64 << 10;  // a quarter of a megabyte, for the second cache
constexpr int64_t kTileRows = 14;          // of the GEMM: blocks of whole tiles where they fit
constexpr int64_t kMostRows = 36 * kTileRows;

int64_t BlockRows(int64_t rows, int64_t units) {
  const int64_t fitting = std::clamp<int64_t>(kBlockUnits / units, 1, kMostRows);
  const int64_t whole = fitting > kTileRows ? fitting / kTileRows * kTileRows : fitting;
  return std::min(rows, whole);
}

}  // namespace

ByteArithmetic ByteArithmeticOf(CpuLevel level, bool vnni) {
  const GemmKernels& gemm = KernelsOf(level).gemm;
  const QuantizingKernels& quantizing = KernelsOf(level).quantizing;
  if (vnni) {
    return {4, quantizing.quads_of_rows, quantizing.quads_of_panel, gemm.multiply_quads_vnni,
            gemm.multiply_words_vnni};
  }
  return {2, quantizing.words_of_rows, quantizing.words_of_panel, gemm.multiply_words,
          gemm.multiply_words};
}

const ByteArithmetic& ActiveByteArithmetic() {
  static const ByteArithmetic active = [] {
    RequireSupportedCpu();
    return ByteArithmeticOf(Cpu().level, Cpu().has_byte_products());
  }();
  return active;
}

void MultiplyAsBytes(const ByteArithmetic& arithmetic, ConstFloatView a, bool rotate,
                     Dequantization dequantization, PanelProduct p) {
  thread_local AlignedBuffer<float> space;
  const int64_t units = arithmetic.Units(a.columns);
  const int64_t rotated_size = rotate ? kQuantizedRows * a.columns : 0;
  const int64_t block_size = std::max(kBlockUnits, units);
  float* const block =
      space.Reserve(static_cast<size_t>(block_size + 2 * kMostRows + rotated_size));
  float* const scale = block + block_size;
  float* const offset = scale + kMostRows;
  float* const rotated = rotate ? offset + kMostRows : nullptr;
  const int64_t most = BlockRows(a.rows, units);
  dequantization.row_scale = scale;
  dequantization.row_offset = offset;
  float* const c = p.c;
  p.a = block;
  p.a_stride = p.depth = units;
  p.dequantization = &dequantization;
  for (int64_t row = 0; row < a.rows; row += most) {
    p.rows = std::min(most, a.rows - row);
    p.c = c + row * p.c_stride;
    arithmetic.quantize_rows(a.row(row), a.stride, p.rows, a.columns, rotated, block, units, scale,
                             offset);
    arithmetic.multiply(p);
  }
}

}  // namespace dpr
