// The JSON files of a model's folder (config.json, modules.json, a safetensors header), read with
// every type checked, so that a wrong file gives a sentence and never a surprise. Hostile-safe:
// size and depth are limited, a name given twice is an error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/base/file.h"

namespace dpr {

// What to do about a model's file that says what cannot be.
inline constexpr const char* kModelFileHint =
    "Take the file as the model's authors published it, or mend it";

// A value inside a document, which it keeps alive. Immutable and thread-safe. All functions throw
// kInvalid, naming the file and the member, when a value is not of the kind asked for.
class Json {
 public:
  // `where` names the document in errors. kInvalid for what is not JSON.
  static Json Parse(std::string_view text, const std::string& where);
  static Json Read(const Path& file);

  bool is_string() const;
  bool is_object() const;

  // Members of an object; nothing when absent or null.
  std::optional<int64_t> Integer(const std::string& name) const;
  std::optional<double> Number(const std::string& name) const;
  std::optional<bool> Boolean(const std::string& name) const;
  std::optional<std::string> String(const std::string& name) const;
  std::optional<Json> Member(const std::string& name) const;
  std::vector<std::pair<std::string, Json>> Members() const;  // in the order of their names
  std::vector<Json> Elements() const;                         // of an array

  int64_t AsInteger() const;
  double AsNumber() const;
  std::string AsString() const;

  const std::string& where() const;  // the document

 private:
  struct Node;
  explicit Json(std::shared_ptr<const Node> node);
  [[noreturn]] void Fail(const std::string& wanted) const;
  std::shared_ptr<const Node> node_;
};

}  // namespace dpr
