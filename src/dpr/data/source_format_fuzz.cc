// The input is how a file of unknown format begins; then it is read as what it was taken for.
#include "dpr/data/fuzz_passages.h"
#include "dpr/data/source_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto format = dpr::FormatByContent(bytes)) {
    const dpr::SourceFile file{"-", "-", "", "standard-input", *format};
    dpr::fuzzing::ReadPassages(dpr::EntryOf(*format).open, data, size, file);
  }
  return 0;
}
