// Any bytes as a text file of `encode` and `bench`.
#include <cstdint>

#include "dpr/base/error.h"
#include "dpr/data/text_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    dpr::TextFileReader reader(dpr::StreamOf(bytes, "fuzz"));
    while (true) {
      const auto passages = reader.Next(3);
      if (passages.empty()) break;
      for (const dpr::Passage& passage : passages) {
        if (passage.text.empty() && !passage.title.empty()) __builtin_trap();
      }
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
