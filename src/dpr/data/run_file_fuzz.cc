// The input is a run.
#include <cstdint>

#include "dpr/base/error.h"
#include "dpr/data/run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    dpr::ReadRun(dpr::StreamOf(bytes, "fuzz"));
  } catch (const dpr::Error&) {
  }
  return 0;
}
