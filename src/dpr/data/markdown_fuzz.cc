// The input is a Markdown document.
#include "dpr/data/fuzz_passages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const dpr::SourceFile file{"page.md", "page.md", "", "page.md", dpr::SourceFormat::kMarkdown};
  dpr::fuzzing::ReadPassages(dpr::OpenDocument, data, size, file);
  return 0;
}
