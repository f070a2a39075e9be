// A file of torch.save from anywhere, zip or legacy.
#include "dpr/bert/test_fuzz_tensors.h"
#include "dpr/bert/torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::testing::RequireTensorsInside(data, size, dpr::ParseTorchFile);
  return 0;
}
