#include "dpr/text/tokenizer_json.h"

#include <fmt/format.h>

#include "dpr/base/error.h"

namespace dpr::tokenizer_json {

Value ParseObject(std::string_view json, const std::string& where) {
  Value document;
  try {
    document = Value::parse(json);
  } catch (const Value::parse_error& error) {
    throw Error(ErrorCode::kInvalid, fmt::format("it is not JSON from byte {} on", error.byte),
                where, "The file may be damaged or cut short; copy or download it again");
  } catch (const Value::exception&) {
    FailInvalid("it holds a number that cannot be read", where);
  }
  if (!document.is_object()) FailInvalid("the document must be an object", where);
  return document;
}

void FailInvalid(const std::string& problem, const std::string& where) {
  throw Error(ErrorCode::kInvalid, problem, where,
              "Take the file as the model's authors published it, or mend it");
}

void FailUnsupported(const std::string& problem, const std::string& where) {
  throw Error(ErrorCode::kUnsupported, problem, where,
              "dpr reads BERT's WordPiece tokenizers; use a model that has one");
}

const Value& Member(const Value& object, const char* name) {
  static const Value kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

bool Boolean(const Value& object, const char* name, bool otherwise, const std::string& where) {
  const Value& member = Member(object, name);
  if (member.is_null()) return otherwise;
  if (!member.is_boolean()) FailInvalid(fmt::format("`{}` must be true or false", name), where);
  return member.get<bool>();
}

std::string Text(const Value& object, const char* name, const std::string& otherwise,
                 const std::string& where) {
  const Value& member = Member(object, name);
  if (member.is_null()) return otherwise;
  if (!member.is_string()) FailInvalid(fmt::format("`{}` must be a text", name), where);
  return member.get<std::string>();
}

std::string TypeName(const Value& object, const std::string& where) {
  if (object.is_null()) return "none";
  if (!object.is_object()) FailInvalid("a part of the tokenizer must be an object or null", where);
  return Text(object, "type", "unnamed", where);
}

int32_t Id(const Value& value, const std::string& what, const std::string& where) {
  const bool fits = value.is_number_unsigned() && value.get<uint64_t>() < Vocabulary::kMaxPieces;
  if (!fits) {
    FailInvalid(fmt::format("the id of \"{}\" must be a whole number from 0 to {}", what,
                            Vocabulary::kMaxPieces - 1),
                where);
  }
  return value.get<int32_t>();
}

void CheckContent(const std::string& content, const std::string& where) {
  constexpr size_t kLongest = 1000;
  if (content.empty() || content.size() > kLongest) {
    FailInvalid(fmt::format("an added token must have 1 to {} bytes", kLongest), where);
  }
}

AddedToken ReadAddedToken(const Value& object, const std::string& where) {
  AddedToken token;
  token.content = Text(object, "content", "", where);
  CheckContent(token.content, where);
  const bool special = Boolean(object, "special", false, where);
  token.single_word = Boolean(object, "single_word", false, where);
  token.strips_left = Boolean(object, "lstrip", false, where);
  token.strips_right = Boolean(object, "rstrip", false, where);
  token.normalized = Boolean(object, "normalized", !special, where);
  return token;
}

}  // namespace dpr::tokenizer_json
