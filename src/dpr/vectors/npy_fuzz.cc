// Any bytes as a .npy file: refused with a dpr::Error, or a matrix that lies within them.
#include <cstdint>
#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/vectors/npy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    const dpr::NpyHeader header = dpr::ParseNpyHeader(file, "fuzz.npy");
    const auto rows = static_cast<size_t>(header.rows),
               columns = static_cast<size_t>(header.columns);
    if (header.data_offset + rows * columns * sizeof(float) != size) std::abort();
  } catch (const dpr::Error&) {
  }
  return 0;
}
