// Writing FAISS's flat index files. docs/formats/faiss.md has the layout; what is read of them:
// vectors/foreign_vectors.h.
#pragma once

#include <cstdint>

#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// An IndexFlatIP, or an IndexFlatL2 for Similarity::kL2, of `rows` vectors: the bytes that FAISS
// would write. Written streaming; appears at Finish() (atomic). Not thread-safe.
class FaissFlatWriter {
 public:
  FaissFlatWriter(const Path& path, Similarity similarity, int64_t dimensions, int64_t rows);
  void Append(ConstFloatView rows);  // [n, dimensions], contiguous
  void Finish();                     // all rows must have been appended

 private:
  AtomicFile file_;
  int64_t dimensions_, rows_left_;
};

}  // namespace dpr
