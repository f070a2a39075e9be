// What the fuzz targets of passage readers share. For *_fuzz.cc only.
#pragma once

#include <cstdint>
#include <string_view>

#include "dpr/data/passage_readers.h"

namespace dpr::fuzzing {

// Reads all passages of `data`, with malformed records counted and with them thrown. Only
// dpr::Error may leave a reader, and it must end.
inline void ReadPassages(PassageOpener open, const uint8_t* data, size_t size,
                         const SourceFile& file = {}) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool skip_bad : {true, false}) {
    try {
      const SourceOptions options{.split = {}, .skip_bad = skip_bad};
      const auto reader = open(StreamOf(bytes, "fuzz"), file, options);
      for (Passage passage; reader->Next(passage);) {
        if (passage.id.empty()) __builtin_trap();
      }
    } catch (const Error&) {
    }
  }
}

}  // namespace dpr::fuzzing
