// The input is a JSONL file of passages.
#include "dpr/data/fuzz_passages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::fuzzing::ReadPassages(dpr::OpenJsonl, data, size);
  return 0;
}
