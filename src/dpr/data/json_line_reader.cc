#include "dpr/data/json_line_reader.h"

#include "dpr/data/json_numbers.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

// Simdjson limits the depth.
bool HoldsDouble(simdjson::dom::element value) {
  if (value.is_array()) {
    for (const simdjson::dom::element item : simdjson::dom::array(value)) {
      if (HoldsDouble(item)) return true;
    }
  } else if (value.is_object()) {
    for (const auto [key, item] : simdjson::dom::object(value)) {
      if (HoldsDouble(item)) return true;
    }
  }
  return value.is_double();
}

}  // namespace

bool JsonLineReader::Next(simdjson::dom::object& record) {
  std::string_view line;
  do {
    if (!lines_.Next(line)) return false;
  } while (line.find_first_not_of(" \t") == std::string_view::npos);
  simdjson::dom::element value;
  auto error = parser_.parse(line.data(), line.size()).get(value);
  if (error != simdjson::UTF8_ERROR && (error != simdjson::SUCCESS || HoldsDouble(value))) {
    const std::string quoted = QuoteInexactNumbers(line);
    if (quoted != line) error = parser_.parse(quoted.data(), quoted.size()).get(value);
  }
  if (error == simdjson::UTF8_ERROR || (error != simdjson::SUCCESS && !IsUtf8(line))) {
    FailUtf8(where());
  }
  if (error != simdjson::SUCCESS) {
    FailRecord(std::string("the line is not JSON: ") + simdjson::error_message(error), where());
  }
  if (value.get(record) != simdjson::SUCCESS) {
    FailRecord("the line is JSON, but not an object", where());
  }
  return true;
}

std::string IdOf(simdjson::dom::element value, const std::string& where) {
  std::string id;
  if (value.is_string()) {
    id = std::string_view(value);
  } else if (value.is_uint64()) {
    id = std::to_string(uint64_t(value));
  } else if (value.is_int64()) {
    id = std::to_string(int64_t(value));
  } else {
    FailRecord("the id is neither a string nor a whole number", where);
  }
  if (const char* problem = ProblemOfId(id)) FailRecord(problem, where);
  return id;
}

std::string_view TextOf(const char* key, simdjson::dom::element value, const std::string& where) {
  if (value.is_null()) return {};
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    FailRecord("`" + std::string(key) + "` is not a string", where);
  }
  return text;
}

}  // namespace dpr
