// Any bytes as segment.json: as they are, and sealed, which lets them through to the parser.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/sealed_json.h"
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
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Read(text);
  if (text.ends_with("\n}")) Read(dpr::SealJson(text));
  Read(dpr::SealJson("{\n  \"format\": \"dpr segment\",\n  \"version\": 1,\n" + std::string(text) +
                     "\n}"));
  return 0;
}
