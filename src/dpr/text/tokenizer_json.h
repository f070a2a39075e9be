// Reading values out of a tokenizer's JSON files with every type checked: a wrong file gives a
// sentence that names the file and the member. For vocabulary.cc and tokenizer_config.cc only.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "dpr/text/vocabulary.h"

namespace dpr::tokenizer_json {

using Value = nlohmann::json;

// An object, or kInvalid.
Value ParseObject(std::string_view json, const std::string& where);

[[noreturn]] void FailInvalid(const std::string& problem, const std::string& where);
[[noreturn]] void FailUnsupported(const std::string& problem, const std::string& where);

// The member, or null where the object has none.
const Value& Member(const Value& object, const char* name);
// The member's value, or `otherwise` where it is missing or null. kInvalid when of another type.
bool Boolean(const Value& object, const char* name, bool otherwise, const std::string& where);
std::string Text(const Value& object, const char* name, const std::string& otherwise,
                 const std::string& where);
// Of `object`, which says what it is in "type": that name; "none" for null.
std::string TypeName(const Value& object, const std::string& where);

// An id below Vocabulary::kMaxPieces.
int32_t Id(const Value& value, const std::string& what, const std::string& where);
// The text of an added token: neither empty nor long.
void CheckContent(const std::string& content, const std::string& where);
AddedToken ReadAddedToken(const Value& object, const std::string& where);

}  // namespace dpr::tokenizer_json
