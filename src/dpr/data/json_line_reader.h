// JSONL, one JSON object a line, for the readers of passages and questions. Internal to `data`: it
// shows simdjson's types.
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "dpr/base/stream.h"

namespace dpr {

// Not thread-safe.
class JsonLineReader {
 public:
  explicit JsonLineReader(std::unique_ptr<ByteStream> stream) : lines_(std::move(stream)) {}

  // False at the end. Empty lines are no records. `record` is valid until the next call. Throws
  // BadRecord for what is not JSON, not an object, or not UTF-8. A number that would lose digits is
  // a string of them.
  bool Next(simdjson::dom::object& record);
  std::string where() const { return lines_.where(); }
  uint64_t line_number() const { return lines_.line_number(); }

 private:
  LineReader lines_;
  simdjson::dom::parser parser_;
};

// An id: a string, or a whole number as its digits. Throws BadRecord otherwise.
std::string IdOf(simdjson::dom::element value, const std::string& where);
// A text: a string, or nothing for null. Throws BadRecord otherwise. Valid as long as `value`.
std::string_view TextOf(const char* key, simdjson::dom::element value, const std::string& where);

}  // namespace dpr
