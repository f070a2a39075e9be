// The first byte chooses TSV or CSV; the rest is the file.
#include "dpr/data/fuzz_passages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  dpr::fuzzing::ReadPassages(data[0] % 2 == 0 ? dpr::OpenCsv : dpr::OpenTsv, data + 1, size - 1);
  return 0;
}
