// A safetensors file from anywhere.
#include "dpr/bert/safetensors.h"
#include "dpr/bert/test_fuzz_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::testing::RequireTensorsInside(data, size, dpr::ParseSafetensors);
  return 0;
}
