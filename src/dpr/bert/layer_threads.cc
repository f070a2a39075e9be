#include "dpr/bert/layer_threads.h"

#include <algorithm>
#include <functional>

#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr int64_t kBlock = Linear::kColumnBlock;
constexpr int64_t kPiecesPerThread = 2;  // so that a thread that is held up loses little

void ShareColumns(const Linear& linear, ConstFloatView x, FloatView y, int64_t begin, int64_t end,
                  Activation activation, LayerThreads threads) {
  if (threads == LayerThreads::kCaller) {
    linear.ForwardColumns(x, y, begin, end - begin, activation);
    return;
  }
  const int64_t blocks = (end - begin + kBlock - 1) / kBlock;
  const int64_t pieces = std::min(blocks, kPiecesPerThread * ThreadCount());
  const auto piece = [&](int64_t i) {
    const int64_t from = begin + blocks * i / pieces * kBlock;
    const int64_t to = std::min(end, begin + blocks * (i + 1) / pieces * kBlock);
    linear.ForwardColumns(x, y, from, to - from, activation);
  };
  ParallelFor(pieces, 1, std::cref(piece));  // a reference: a copy of the lambda would be allocated
}

}  // namespace

int LayerThreadCount(LayerThreads threads) {
  return threads == LayerThreads::kAll ? ThreadCount() : 1;
}

void RunLinear(const Linear& linear, ConstFloatView x, FloatView y, Activation activation,
               LayerThreads threads) {
  ShareColumns(linear, x, y, 0, linear.outputs(), activation, threads);
}

void RunLinearColumns(const Linear& linear, ConstFloatView x, FloatView y, int64_t begin,
                      int64_t end, LayerThreads threads) {
  begin = begin / kBlock * kBlock;
  end = std::min(linear.outputs(), (end + kBlock - 1) / kBlock * kBlock);
  ShareColumns(linear, x, y, begin, end, Activation::kNone, threads);
}

FloatView Shaped(AlignedBuffer<float>& buffer, int64_t rows, int64_t columns) {
  return {buffer.Reserve(static_cast<size_t>(rows * columns)), rows, columns};
}

}  // namespace dpr
