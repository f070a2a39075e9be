// Any bytes as a vector file: opened, verified, resumed. Whatever they are, a dpr::Error or a file
// that afterwards is sound.
#include <cstdint>
#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/vectors/fuzz_file.h"
#include "dpr/vectors/vector_file.h"

namespace {

void OpenAndVerify(const dpr::Path& path) {
  const dpr::VectorFile file(path);
  const dpr::ConstFloatView view = file.view();
  volatile float sink = 0;
  for (int64_t i = 0; i < view.rows; ++i) sink = view.row(i)[view.columns - 1];
  static_cast<void>(sink);
  file.Verify();
}

void ResumeAndFinish(const dpr::Path& path, int64_t dimensions, int64_t rows) {
  dpr::VectorFileWriter writer = dpr::VectorFileWriter::Resume(path, dimensions, rows);
  const dpr::Matrix more(1, dimensions);
  writer.Append(more.view());
  writer.Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const dpr::Path path = dpr::testing::FileOf(data, size);
  try {
    OpenAndVerify(path);
  } catch (const dpr::Error&) {
  }
  const int64_t rows = size == 0 ? 0 : data[size - 1] % 4;
  const int64_t dimensions = size < 64 ? 1 : 1 + data[16] % 8;
  try {
    ResumeAndFinish(path, dimensions, rows);
  } catch (const dpr::Error&) {
    return 0;
  }
  OpenAndVerify(path);  // must be sound now
  return 0;
}
