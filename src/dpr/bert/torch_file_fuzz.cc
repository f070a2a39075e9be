// A file of torch.save from anywhere, zip or legacy: every tensor that is accepted must lie inside
// it.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "dpr/base/error.h"
#include "dpr/bert/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    for (const dpr::StoredTensor& tensor :
         dpr::ParseTorchFile(std::as_bytes(std::span(data, size)), "fuzz")) {
      if (tensor.offset > size || tensor.bytes > size - tensor.offset) std::abort();
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
