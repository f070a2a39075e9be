// Any bytes as a file, for *_fuzz.cc only.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <span>
#include <string>

#include "dpr/base/file.h"

namespace dpr::testing {

// The path of a file in memory that holds these bytes, until the next call.
inline Path FileOf(const uint8_t* data, size_t size) {
  static File file =
      File::OpenForUpdating("/proc/self/fd/" + std::to_string(::memfd_create("fuzz", MFD_CLOEXEC)));
  file.Truncate(0);
  file.WriteAt(0, std::as_bytes(std::span(data, size)));
  return "/proc/self/fd/" + std::to_string(file.descriptor());
}

}  // namespace dpr::testing
