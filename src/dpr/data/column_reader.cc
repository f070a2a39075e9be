#include "dpr/data/column_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dpr/data/record_check.h"

namespace dpr {
namespace {

template <typename Number>
bool Read(std::string_view column, Number& number) {
  const char* const end = column.data() + column.size();
  const auto [stop, error] = std::from_chars(column.data(), end, number);
  return error == std::errc() && stop == end;
}

}  // namespace

bool ColumnReader::Next(std::vector<std::string_view>& columns) {
  constexpr std::string_view kSpace = " \t\r";
  columns.clear();
  std::string_view line;
  while (columns.empty()) {
    if (!lines_.Next(line)) return false;
    for (size_t at = 0; (at = line.find_first_not_of(kSpace, at)) != std::string_view::npos;) {
      const size_t end = std::min(line.find_first_of(kSpace, at), line.size());
      columns.push_back(line.substr(at, end - at));
      at = end;
      constexpr size_t kMostColumns = 16;
      if (columns.size() > kMostColumns) {
        FailRecord("the line has more than " + std::to_string(kMostColumns) + " columns", where());
      }
    }
  }
  if (!IsUtf8(line)) FailUtf8(where());
  if (line.find('\0') != std::string_view::npos) FailRecord("the line holds a NUL byte", where());
  return true;
}

bool ReadNumber(std::string_view column, int& number) { return Read(column, number); }

bool ReadNumber(std::string_view column, double& number) {
  return Read(column, number) && std::isfinite(number);
}

}  // namespace dpr
