#include "dpr/data/json_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace dpr {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The parts of a number by JSON's grammar (RFC 8259, section 6).
struct Number {
  std::string_view text, whole, fraction, exponent;  // the exponent with its sign
};

size_t DigitsFrom(std::string_view text, size_t at) {
  const auto end = std::find_if_not(text.begin() + static_cast<ptrdiff_t>(at), text.end(), IsDigit);
  return static_cast<size_t>(end - text.begin());
}

// What stands at `at`; of no length when it is not a number.
Number NumberAt(std::string_view json, size_t at) {
  Number number;
  size_t end = at + (json[at] == '-' ? 1 : 0);
  const size_t whole = end;
  end = DigitsFrom(json, whole);
  number.whole = json.substr(whole, end - whole);
  if (number.whole.empty() || (number.whole.size() > 1 && number.whole[0] == '0')) return {};
  if (end < json.size() && json[end] == '.') {
    const size_t begin = end + 1;
    end = DigitsFrom(json, begin);
    number.fraction = json.substr(begin, end - begin);
    if (number.fraction.empty()) return {};
  }
  if (end < json.size() && (json[end] == 'e' || json[end] == 'E')) {
    const size_t begin = end + 1;
    const bool sign = begin < json.size() && (json[begin] == '+' || json[begin] == '-');
    end = DigitsFrom(json, begin + (sign ? 1 : 0));
    number.exponent = json.substr(begin, end - begin);
    if (!IsDigit(json[end - 1])) return {};
  }
  number.text = json.substr(at, end - at);
  return number;
}

// The digits that count and the power of ten of the first: equal for equal values.
struct Decimal {
  std::string digits;
  int64_t power = 0;
  bool operator==(const Decimal&) const = default;
};

Decimal ValueOf(const Number& number) {
  Decimal value{std::string(number.whole) + std::string(number.fraction), 0};
  const size_t zeros = std::min(value.digits.find_first_not_of('0'), value.digits.size());
  value.digits.erase(0, zeros);
  value.digits.erase(value.digits.find_last_not_of('0') + 1);
  if (value.digits.empty()) return value;
  std::string_view exponent = number.exponent;
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  constexpr int64_t kFar = int64_t{1} << 40;  // no double is there
  const auto [end, error] =
      std::from_chars(exponent.data(), exponent.data() + exponent.size(), value.power);
  if (error == std::errc::result_out_of_range) value.power = kFar;
  value.power += static_cast<int64_t>(number.whole.size()) - static_cast<int64_t>(zeros);
  return value;
}

template <typename Integer>
bool Fits(std::string_view text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc();
}

bool IsExact(const Number& number) {
  if (number.fraction.empty() && number.exponent.empty()) {
    return Fits<int64_t>(number.text) || Fits<uint64_t>(number.text);
  }
  double value = 0;
  const char* const end = number.text.data() + number.text.size();
  if (std::from_chars(number.text.data(), end, value).ec != std::errc()) return false;
  char shortest[64];
  const auto written =
      std::to_chars(shortest, shortest + sizeof(shortest), value, std::chars_format::scientific);
  return ValueOf(number) == ValueOf(NumberAt({shortest, written.ptr}, 0));
}

// Behind the string that begins at `at`, or the end of the text.
size_t EndOfString(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

}  // namespace

std::string QuoteInexactNumbers(std::string_view json) {
  std::string quoted;
  size_t copied = 0;
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = EndOfString(json, at);
    } else if (IsDigit(json[at]) || json[at] == '-') {
      const Number number = NumberAt(json, at);
      const size_t length = std::max<size_t>(number.text.size(), 1);
      if (!number.text.empty() && !IsExact(number)) {
        quoted +=
            std::string(json.substr(copied, at - copied)) + '"' + std::string(number.text) + '"';
        copied = at + length;
      }
      at += length;
    } else {
      ++at;
    }
  }
  return quoted + std::string(json.substr(copied));
}

}  // namespace dpr
