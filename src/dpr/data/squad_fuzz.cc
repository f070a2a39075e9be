// The input is a SQuAD file.
#include "dpr/data/fuzz_passages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::fuzzing::ReadPassages(dpr::OpenSquad, data, size);
  return 0;
}
