// Lines of columns with white space between them: judgements and runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/stream.h"

namespace dpr {

// Not thread-safe.
class ColumnReader {
 public:
  explicit ColumnReader(std::unique_ptr<ByteStream> stream) : lines_(std::move(stream)) {}

  // False at the end. Empty lines are passed over. The views are valid UTF-8 without NUL, until the
  // next call. Throws BadRecord.
  bool Next(std::vector<std::string_view>& columns);
  std::string where() const { return lines_.where(); }
  const std::string& name() const { return lines_.name(); }

 private:
  LineReader lines_;
};

// The whole column as a number; false when it is none (for floating point: none or not finite).
bool ReadNumber(std::string_view column, int& number);
bool ReadNumber(std::string_view column, double& number);

}  // namespace dpr
