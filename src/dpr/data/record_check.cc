#include "dpr/data/record_check.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "dpr/base/stream.h"

namespace dpr {

bool IsUtf8(std::string_view bytes) { return simdjson::validate_utf8(bytes); }

void FailRecord(const std::string& problem, const std::string& where, const std::string& hint) {
  throw BadRecord(ErrorCode::kInvalid, problem, where, hint.empty() ? "Mend the record" : hint);
}

void FailUtf8(const std::string& where) {
  FailRecord("the text is not valid UTF-8", where,
             "Convert the file, for instance with `iconv -f WINDOWS-1252 -t UTF-8`");
}

void RequireUtf8File(std::string_view beginning, const std::string& name) {
  if (!beginning.starts_with("\xff\xfe") && !beginning.starts_with("\xfe\xff")) return;
  throw Error(ErrorCode::kInvalid, "the file is UTF-16, not UTF-8", name,
              "Convert it, for instance with `iconv -f UTF-16 -t UTF-8`");
}

const char* ProblemOfId(std::string_view id) {
  if (id.empty()) return "the id is empty";
  if (id.find('\0') != std::string_view::npos) return "the id holds a NUL character";
  return nullptr;
}

std::string JsonString(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Quoted(std::string_view text) {
  constexpr size_t kLongest = 60;
  if (text.size() <= kLongest) return "`" + std::string(text) + "`";
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return "`" + std::string(text.substr(0, end)) + "...`";
}

}  // namespace dpr
