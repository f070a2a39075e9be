// Any bytes as an index of FAISS's: refused with a dpr::Error, or vectors and ids that lie within
// them.
#include <cstdint>
#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/vectors/faiss_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  try {
    const dpr::FaissLayout layout = dpr::ParseFaissIndex(file, "fuzz.faiss");
    const auto rows = static_cast<size_t>(layout.rows),
               dimensions = static_cast<size_t>(layout.dimensions);
    if (dimensions == 0 || !dpr::IsFaissFile(file)) std::abort();
    if (layout.vectors > size || rows * dimensions * sizeof(float) > size - layout.vectors) {
      std::abort();
    }
    if (layout.ids && (*layout.ids > size || rows * sizeof(int64_t) > size - *layout.ids)) {
      std::abort();
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
