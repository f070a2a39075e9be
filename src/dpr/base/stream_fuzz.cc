// A file from anywhere, plain or compressed (gz, xz, zst), read to its end or as far as 16 MB of
// text.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMostText = size_t{16} << 20;
  const int descriptor = ::memfd_create("input", MFD_CLOEXEC);
  if (descriptor < 0 || ::write(descriptor, data, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    const auto stream = dpr::OpenStream("/proc/self/fd/" + std::to_string(descriptor));
    std::array<char, 4096> buffer;
    size_t total = 0;
    while (const size_t got = stream->Read(buffer)) {
      if (got > buffer.size()) std::abort();
      total += got;
      if (total > kMostText) break;
    }
  } catch (const dpr::Error&) {
  }
  ::close(descriptor);
  return 0;
}
