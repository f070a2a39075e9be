// Any bytes as collection.json: as they are, and sealed, which lets them through to the parser.
// Whatever is read is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/sealed_json.h"

namespace {

void Read(std::string_view text) {
  for (const auto parts : {dpr::ManifestParts::kAll, dpr::ManifestParts::kWithoutSources}) {
    try {
      const dpr::Manifest manifest = dpr::ParseManifest(text, "fuzz", parts);
      const std::string written = dpr::ManifestText(manifest);
      const auto again = dpr::ParseManifest(written, "fuzz", dpr::ManifestParts::kAll);
      if (dpr::ManifestText(again) != written) std::abort();
    } catch (const dpr::Error&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Read(text);
  if (text.ends_with("\n}")) Read(dpr::SealJson(text));
  Read(dpr::SealJson("{\n  \"format\": \"dpr collection\",\n  \"version\": 1,\n" +
                     std::string(text) + "\n}"));
  return 0;
}
