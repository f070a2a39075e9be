// A retriever.json from anywhere: what is accepted must be written and read again unchanged, and
// must not lead out of its folder.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto read = dpr::ParseRetrieverJson({reinterpret_cast<const char*>(data), size}, "fuzz");
    const std::string text = dpr::RetrieverJsonText(read);
    if (dpr::RetrieverJsonText(dpr::ParseRetrieverJson(text, "again")) != text) std::abort();
    const dpr::Path folder = read.Describe("model").passages.folder.lexically_normal();
    if (*folder.begin() != "model") std::abort();
  } catch (const dpr::Error&) {
  }
  return 0;
}
