// Any bytes as collection.json: as they are, and sealed, which lets them through to the parser.
// Whatever is read is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/fuzz_sealed.h"
#include "dpr/collection/manifest.h"

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
  dpr::testing::ReadAsIsAndSealed(data, size, "dpr collection", Read);
  return 0;
}
