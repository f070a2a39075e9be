// Any bytes as a file of codes: opened, read where the header says that there is something, and
// verified. Whatever they are, a dpr::Error or a sound file.
#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "dpr/base/error.h"
#include "dpr/vectors/codes.h"

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
  static dpr::File file = dpr::File::OpenForUpdating(
      "/proc/self/fd/" + std::to_string(::memfd_create("fuzz", MFD_CLOEXEC)));
  file.Truncate(0);
  file.WriteAt(0, std::as_bytes(std::span(data, size)));
  try {
    OpenAndVerify("/proc/self/fd/" + std::to_string(file.descriptor()));
  } catch (const dpr::Error&) {
  }
  return 0;
}
