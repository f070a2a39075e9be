// Counts in our JSON files: whole numbers that are not negative.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "dpr/base/error.h"

namespace dpr {

// kCorrupt, naming the member, for anything else or for more than `most`.
inline int64_t Count(const nlohmann::ordered_json& json, const char* name,
                     int64_t most = std::numeric_limits<int64_t>::max()) {
  const nlohmann::ordered_json& value = json.at(name);
  if (!value.is_number_integer() || value < 0 || value > most) {
    throw Error(ErrorCode::kCorrupt, std::string("\"") + name + "\" is no possible number");
  }
  return value.get<int64_t>();
}

}  // namespace dpr
