// Any bytes as the file `deleted`: as they are, and with a checksum that fits, which lets them
// through to the lengths behind it.
#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/collection/deleted_rows.h"

namespace {

constexpr size_t kChecksumAt = 96, kHeader = 128;

void Read(std::string_view bytes) {
  static dpr::File file = dpr::File::OpenForUpdating(
      "/proc/self/fd/" + std::to_string(::memfd_create("fuzz", MFD_CLOEXEC)));
  file.Truncate(0);
  file.WriteAt(0, std::as_bytes(std::span(bytes)));
  try {
    const dpr::DeletedFile deleted("/proc/self/fd/" + std::to_string(file.descriptor()));
    for (const int64_t generation : deleted.generations()) {
      const dpr::DeletedRows rows(*deleted.Words(generation));
      volatile bool sink = rows.Contains(rows.count());
      static_cast<void>(sink);
    }
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Read(bytes);
  if (size < kHeader) return 0;
  const std::string_view all = bytes;
  const std::string checksum =
      dpr::Hasher().Add(all.substr(0, kChecksumAt)).Add(all.substr(kHeader)).Hex();
  Read(bytes.replace(kChecksumAt, checksum.size(), checksum));
  return 0;
}
