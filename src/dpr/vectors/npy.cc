#include "dpr/vectors/npy.h"

#include <unistd.h>

#include "dpr/base/error.h"
#include "dpr/vectors/npy_header.h"

namespace dpr {

NpyWriter::NpyWriter(const Path& path, int64_t dimensions) : file_(path), dimensions_(dimensions) {
  DPR_CHECK(dimensions >= 1);
  if (::lseek(file_.file().descriptor(), 0, SEEK_CUR) < 0) {
    throw Error(ErrorCode::kUnsupported, "a .npy file cannot be written to a pipe", path.string(),
                "Its header needs the number of rows, which is known last: name a file");
  }
  file_.file().Write(MakeNpyHeader(0, dimensions));
}

void NpyWriter::Append(ConstFloatView rows) {
  DPR_CHECK(rows.columns == dimensions_);
  if (rows.stride != rows.columns) {
    for (int64_t i = 0; i < rows.rows; ++i) Append({rows.row(i), 1, rows.columns});
    return;
  }
  const auto count = static_cast<size_t>(rows.rows * rows.columns);
  file_.file().Write(std::as_bytes(std::span(rows.data, count)));
  rows_ += rows.rows;
}

void NpyWriter::Finish() {
  const std::string header = MakeNpyHeader(rows_, dimensions_);
  file_.file().WriteAt(0, std::as_bytes(std::span(header)));
  file_.Commit();
}

NpyFile::NpyFile(const Path& path) : file_(path) {
  const NpyHeader header = ParseNpyHeader(file_.text(), path.string());
  const char* data = file_.text().data() + header.data_offset;
  view_ = {reinterpret_cast<const float*>(data), header.rows, header.columns};
}

}  // namespace dpr
