// For the fuzz targets of sealed JSON files: the input as it is, and sealed, which lets it through
// to the parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dpr/collection/sealed_json.h"

namespace dpr::testing {

template <typename Read>
void ReadAsIsAndSealed(const uint8_t* data, size_t size, const std::string& format, Read read) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text);
  if (text.ends_with("\n}")) read(SealJson(text));
  read(SealJson("{\n  \"format\": \"" + format + "\",\n  \"version\": 1,\n" + std::string(text) +
                "\n}"));
}

}  // namespace dpr::testing
