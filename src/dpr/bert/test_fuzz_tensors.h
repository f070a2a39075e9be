// What the fuzz targets of weight files hold: every tensor that is accepted lies inside the file.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>

#include "dpr/base/error.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr::testing {

// parse(bytes, where) -> std::vector<StoredTensor>
template <typename Parse>
void RequireTensorsInside(const uint8_t* data, size_t size, Parse parse) {
  try {
    for (const StoredTensor& tensor : parse(std::as_bytes(std::span(data, size)), "fuzz")) {
      if (tensor.offset > size || tensor.bytes > size - tensor.offset) std::abort();
    }
  } catch (const Error&) {
  }
}

}  // namespace dpr::testing
