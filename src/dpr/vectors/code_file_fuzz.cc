// Any bytes as a file of codes: opened, read where the header says that there is something, and
// verified. Whatever they are, a dpr::Error or a sound file.
#include <cstdint>

#include "dpr/base/error.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/fuzz_file.h"

namespace {

void OpenAndVerify(const dpr::Path& path) {
  const dpr::CodeFile file(path);
  const dpr::CodesView view = file.view();
  volatile float sink = 0;
  for (int64_t i = 0; i < view.codes.rows; ++i) {
    sink = view.rows[i].error + static_cast<float>(view.codes.row(i)[view.codes.stride - 1]);
  }
  static_cast<void>(sink);
  file.Verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    OpenAndVerify(dpr::testing::FileOf(data, size));
  } catch (const dpr::Error&) {
  }
  return 0;
}
