// NumPy's .npy files, version 1.0 to 3.0: two-dimensional, C order, float32, little-endian.
// Format: numpy/lib/format.py in NumPy's documentation ("NEP 1").
#pragma once

#include <cstdint>

#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Written streaming; appears at Finish() (atomic). The bytes are those that numpy.save writes. A
// pipe is refused (kUnsupported).
// Not thread-safe.
class NpyWriter {
 public:
  NpyWriter(const Path& path, int64_t dimensions);
  void Append(ConstFloatView rows);     // [n, dimensions]
  void Sync() { file_.file().Sync(); }  // what was appended is on the disk
  void Finish();                        // nothing may follow

 private:
  AtomicFile file_;
  int64_t dimensions_;
  int64_t rows_ = 0;
};

// A float32 file, mapped (no copy). Other shapes, orders and types are refused by name (kInvalid,
// kUnsupported). Thread-safe.
class NpyFile {
 public:
  explicit NpyFile(const Path& path);
  ConstFloatView view() const { return view_; }  // aligned to 4 bytes, in numpy.save's files to 64
  const MappedFile& mapping() const { return file_; }

 private:
  MappedFile file_;
  ConstFloatView view_;
};

}  // namespace dpr
