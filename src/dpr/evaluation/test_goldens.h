// Reads the tables of testdata/evaluation/ (tools/goldens/trec_metrics.py). For *_test.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/stream.h"
#include "dpr/base/test_environment.h"

namespace dpr::testing {

// The tab-separated fields of each line that is not a comment.
inline std::vector<std::vector<std::string>> GoldenRows(const std::string& file) {
  std::vector<std::vector<std::string>> rows;
  LineReader lines(OpenStream(TestData() / "evaluation" / file));
  for (std::string_view line; lines.Next(line);) {
    if (line.starts_with('#')) continue;
    auto& fields = rows.emplace_back();
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.emplace_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return rows;
}

// The numbers after the first field.
inline std::vector<double> Numbers(const std::vector<std::string>& fields) {
  std::vector<double> numbers;
  for (size_t i = 1; i < fields.size(); ++i) numbers.push_back(std::stod(fields[i]));
  return numbers;
}

}  // namespace dpr::testing
