// NumPy's .npy files, version 1.0 to 3.0: two-dimensional, C order, float32 or float16,
// little-endian.
#pragma once

#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Written streaming; appears at Finish() (atomic).
class NpyWriter {
 public:
  NpyWriter(const Path& path, int64_t dimensions);
  void Append(ConstFloatView rows);
  void Finish();

 private:
  AtomicFile file_;
  int64_t dimensions_;
  int64_t rows_ = 0;
};

// A float32 file, mapped (no copy). Other shapes and types are refused by name.
class NpyFile {
 public:
  explicit NpyFile(const Path& path);
  ConstFloatView view() const { return view_; }

 private:
  MappedFile file_;
  ConstFloatView view_;
};

}  // namespace dpr
