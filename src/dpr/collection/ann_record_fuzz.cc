// Any bytes as ann.json: as they are, and sealed, which lets them through to the parser. Whatever
// is read is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/fuzz_sealed.h"

namespace {

void Read(std::string_view text) {
  try {
    const std::string written = AnnRecordText(dpr::ParseAnnRecord(text, "fuzz"));
    if (AnnRecordText(dpr::ParseAnnRecord(written, "fuzz")) != written) std::abort();
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::testing::ReadAsIsAndSealed(data, size, "dpr ann", Read);
  return 0;
}
