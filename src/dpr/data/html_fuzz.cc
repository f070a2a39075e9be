// The input is an HTML page.
#include "dpr/data/fuzz_passages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const dpr::SourceFile file{"page.html", "page.html", "", "page.html", dpr::SourceFormat::kHtml};
  dpr::fuzzing::ReadPassages(dpr::OpenDocument, data, size, file);
  return 0;
}
