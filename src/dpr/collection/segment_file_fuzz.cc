// Any bytes as segment.json: as they are, and sealed, which lets them through to the parser.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/fuzz_sealed.h"
#include "dpr/collection/segment_file.h"

namespace {

void Read(std::string_view text) {
  try {
    const dpr::SegmentContent content = dpr::ParseSegment(text, "fuzz");
    for (const dpr::SegmentFile& file : content.files) {
      if (dpr::Path(file.name).filename() != file.name) std::abort();  // it left its folder
    }
    const std::string written = dpr::SegmentText(content);
    if (dpr::SegmentText(dpr::ParseSegment(written, "fuzz")) != written) std::abort();
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dpr::testing::ReadAsIsAndSealed(data, size, "dpr segment", Read);
  return 0;
}
