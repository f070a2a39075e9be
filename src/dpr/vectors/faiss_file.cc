#include "dpr/vectors/faiss_file.h"

#include "dpr/base/error.h"
#include "dpr/vectors/faiss_format.h"

namespace dpr {

FaissFlatWriter::FaissFlatWriter(const Path& path, Similarity similarity, int64_t dimensions,
                                 int64_t rows)
    : file_(path), dimensions_(dimensions), rows_left_(rows) {
  file_.file().Write(MakeFaissFlatHeader(similarity, dimensions, rows));
}

void FaissFlatWriter::Append(ConstFloatView rows) {
  DPR_CHECK(rows.columns == dimensions_ && rows.stride == rows.columns && rows.rows <= rows_left_);
  const auto count = static_cast<size_t>(rows.rows * rows.columns);
  file_.file().Write(std::as_bytes(std::span(rows.data, count)));
  rows_left_ -= rows.rows;
}

void FaissFlatWriter::Finish() {
  DPR_CHECK(rows_left_ == 0);
  file_.Commit();
}

}  // namespace dpr
