// Reads goldens: one JSON document a line, below testdata/text. For *_test.cc only.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dpr/base/test_environment.h"

namespace dpr::testing {

inline std::vector<nlohmann::json> GoldenRows(const Path& name) {
  std::ifstream file(TestData() / "text" / name);
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

// FNV-1a, 64 bits, over whole numbers (bytes or ids), as the scripts of the goldens have it.
class Fnv {
 public:
  void Add(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3; }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0xCBF29CE484222325;
};

}  // namespace dpr::testing
