#include "dpr/experiments/checked_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/nearest_name.h"

namespace dpr {

using Json = nlohmann::ordered_json;

CheckedObject::CheckedObject(Json value, std::string file, std::string path)
    : value_(std::move(value)), file_(std::move(file)), path_(std::move(path)) {
  if (!value_.is_object()) {
    throw Error(ErrorCode::kUsage, "this is no object", file_ + (path_.empty() ? "" : ", " + path_),
                "Write {\"name\": value, ...}");
  }
}

std::vector<std::string> CheckedObject::Names(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

std::string CheckedObject::PathOf(const std::string& name) const {
  return path_.empty() || name.empty() ? path_ + name : path_ + "." + name;
}

void CheckedObject::Fail(const std::string& member, const std::string& problem,
                         const std::string& hint) const {
  const std::string path = PathOf(member);
  throw Error(ErrorCode::kUsage, problem, path.empty() ? file_ : file_ + ", " + path, hint);
}

const Json* CheckedObject::Find(const std::string& name) {
  if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.push_back(name);
  const auto found = value_.find(name);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

bool CheckedObject::Has(const std::string& name) { return Find(name) != nullptr; }

std::string CheckedObject::Text(const std::string& name) {
  const Json* value = Find(name);
  if (value == nullptr) Fail("", "`" + name + "` is missing");
  if (!value->is_string()) Fail(name, "this is no text");
  return value->get<std::string>();
}

std::string CheckedObject::Text(const std::string& name, const std::string& otherwise) {
  return Has(name) ? Text(name) : otherwise;
}

double CheckedObject::Number(const std::string& name, double otherwise) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_number() || !std::isfinite(value->get<double>())) Fail(name, "this is no number");
  return value->get<double>();
}

int64_t CheckedObject::Integer(const std::string& name, int64_t otherwise, int64_t lowest) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_number_integer()) Fail(name, "this is no whole number");
  const auto number = value->get<int64_t>();
  if (number < lowest) Fail(name, "this must be at least " + std::to_string(lowest));
  return number;
}

bool CheckedObject::Flag(const std::string& name, bool otherwise) {
  const Json* value = Find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) Fail(name, "this is neither true nor false");
  return value->get<bool>();
}

std::vector<std::string> CheckedObject::Texts(const std::string& name) {
  const Json* value = Find(name);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (!value->is_array()) Fail(name, "this is no list of texts");
  for (const Json& element : *value) {
    if (!element.is_string()) Fail(name, "this is no list of texts");
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::vector<double> CheckedObject::Numbers(const std::string& name) {
  const Json* value = Find(name);
  std::vector<double> numbers;
  if (value == nullptr) return numbers;
  if (!value->is_array()) Fail(name, "this is no list of numbers");
  for (const Json& element : *value) {
    if (!element.is_number()) Fail(name, "this is no list of numbers");
    numbers.push_back(element.get<double>());
  }
  return numbers;
}

Json CheckedObject::Value(const std::string& name) {
  const Json* value = Find(name);
  return value == nullptr ? Json() : *value;
}

CheckedObject CheckedObject::Object(const std::string& name) {
  const Json* value = Find(name);
  return CheckedObject(value == nullptr ? Json::object() : *value, file_, PathOf(name));
}

void CheckedObject::ForEach(const std::string& name,
                            const std::function<void(const std::string&, CheckedObject&)>& visit) {
  const CheckedObject all = Object(name);
  for (const auto& [key, value] : all.value_.items()) {
    if (value.is_null()) continue;
    CheckedObject one(value, file_, all.PathOf(key));
    visit(key, one);
    one.Finish();
  }
}

void CheckedObject::ForEachElement(const std::string& name,
                                   const std::function<void(CheckedObject&)>& visit) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_array()) Fail(name, "this is no list");
  for (size_t i = 0; i < value->size(); ++i) {
    CheckedObject one((*value)[i], file_, PathOf(name) + "[" + std::to_string(i) + "]");
    visit(one);
    one.Finish();
  }
}

void CheckedObject::Finish() const {
  for (const std::string& name : Names(value_)) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const std::string nearest = NearestName(name, asked_);
    std::string known;
    for (const std::string& one : asked_) known += (known.empty() ? "" : ", ") + one;
    Fail("", "there is no member `" + name + "`",
         nearest.empty() ? "There are " + known : "Did you mean `" + nearest + "`?");
  }
}

void CheckedObject::RequireKnown(const std::string& member, const std::string& what,
                                 const std::string& name,
                                 std::span<const std::string> known) const {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::string nearest = NearestName(name, known);
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
  Fail(member, "there is no " + what + " `" + name + "`",
       !nearest.empty() ? "Did you mean `" + nearest + "`?"
       : all.empty()    ? "The file defines none"
                        : "There are " + all);
}

}  // namespace dpr
