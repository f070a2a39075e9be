// What this machine can do, measured: the yardsticks beside which `dpr bench` puts the encoder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/tensor/precision.h"

namespace dpr {

// y [rows, outputs] = x [rows, inputs] W^T.
struct GemmShape {
  int64_t rows = 0;
  int64_t outputs = 0;
  int64_t inputs = 0;
};

struct GemmRate {
  GemmShape shape;
  double onednn_gflops = 0;  // oneDNN's matmul, its weights packed as it likes
  double linear_gflops = 0;  // dpr's Linear
};

struct GemmPeak {
  std::vector<GemmRate> rates;  // one per shape, in their order
  double best_gflops = 0;       // over all shapes and both
  std::string best;             // who reached it: "oneDNN" or "dpr"
};

// Times both in turn on all compute threads, `seconds` for each shape in all, and keeps each one's
// best run. 2 * rows * outputs * inputs operations.
GemmPeak MeasureGemmPeak(std::span<const GemmShape> shapes, Precision precision, double seconds);

// Bytes read per second, in GB/s (1e9), by all compute threads from a buffer of `bytes` (choose it
// several times the last cache); the best of the passes that fit into `seconds`.
double MeasureReadBandwidth(int64_t bytes, double seconds);

// f32 operations per second, in GFLOP/s, of fused multiply-adds that touch registers only, on all
// compute threads: the ceiling of any GEMM here.
double MeasureFmaPeak(double seconds);

}  // namespace dpr
