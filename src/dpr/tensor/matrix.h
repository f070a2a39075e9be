// Row-major matrices: owning buffers aligned to 64 bytes, and views.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "dpr/base/error.h"

namespace dpr {

// [rows, columns], row-major, rows `stride` elements apart. Does not own its memory.
template <typename T>
struct MatrixView {
  T* data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;

  MatrixView() = default;
  MatrixView(T* data_in, int64_t rows_in, int64_t columns_in)
      : MatrixView(data_in, rows_in, columns_in, columns_in) {}
  MatrixView(T* data_in, int64_t rows_in, int64_t columns_in, int64_t stride_in)
      : data(data_in), rows(rows_in), columns(columns_in), stride(stride_in) {}

  T* row(int64_t i) const { return data + i * stride; }
  std::span<T> row_span(int64_t i) const { return {row(i), static_cast<size_t>(columns)}; }
  MatrixView rows_from(int64_t begin, int64_t count) const {
    return {data + begin * stride, count, columns, stride};
  }
  MatrixView columns_from(int64_t begin, int64_t count) const {
    return {data + begin, rows, count, stride};
  }
  // As T* becomes const T*. NOLINTNEXTLINE(google-explicit-constructor)
  operator MatrixView<const T>() const { return {data, rows, columns, stride}; }
};

using FloatView = MatrixView<float>;
using ConstFloatView = MatrixView<const float>;

// Of the same shape.
inline void CopyRows(ConstFloatView from, FloatView to) {
  DPR_CHECK(from.rows == to.rows && from.columns == to.columns);
  for (int64_t i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
}

// `bytes` of uninitialised memory aligned to 64 bytes, to be freed with std::free; large ones lie
// on huge pages where the system grants them. Throws std::bad_alloc.
void* AllocateAligned(size_t bytes);

// An uninitialised buffer that grows and never shrinks, so that a steady state allocates nothing.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size) { Reserve(size); }

  // At least `size` elements; the content is lost when it grows. It grows by an eighth or more: new
  // memory is slow at first, and sizes that vary would make each a little larger than the last.
  T* Reserve(size_t size) {
    if (size > size_) {
      size = std::max(size, size_ + size_ / 8);
      data_.reset();
      size_ = 0;
      data_.reset(static_cast<T*>(AllocateAligned(size * sizeof(T))));
      size_ = size;
    }
    return data_.get();
  }
  T* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

// An owning [rows, columns] float matrix, zero-initialised.
class Matrix {
 public:
  Matrix() = default;
  Matrix(int64_t rows, int64_t columns)
      : rows_(rows), columns_(columns), buffer_(static_cast<size_t>(rows * columns)) {
    for (size_t i = 0; i < buffer_.size(); ++i) buffer_.data()[i] = 0.0f;
  }

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  float* row(int64_t i) { return buffer_.data() + i * columns_; }
  const float* row(int64_t i) const { return buffer_.data() + i * columns_; }
  FloatView view() { return {buffer_.data(), rows_, columns_}; }
  ConstFloatView view() const { return {buffer_.data(), rows_, columns_}; }

 private:
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  AlignedBuffer<float> buffer_;
};

}  // namespace dpr
