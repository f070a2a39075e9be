#include "dpr/bert/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr uint64_t kLargestDocument = uint64_t{16} << 20;
constexpr int kDeepest = 32;

// Watches a document being parsed: its depth, and names that come twice in one object.
class Watcher {
 public:
  explicit Watcher(const std::string& where) : where_(where) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kDeepest) {
      throw Error(ErrorCode::kInvalid, fmt::format("it is nested deeper than {} levels", kDeepest),
                  where_, kModelFileHint);
    }
    if (event == Event::object_start) names_.emplace_back();
    if (event == Event::object_end) names_.pop_back();
    if (event == Event::key && !names_.back().insert(value.get<std::string>()).second) {
      throw Error(ErrorCode::kInvalid, fmt::format("`{}` is given twice", value.get<std::string>()),
                  where_, kModelFileHint);
    }
    return true;
  }

 private:
  const std::string& where_;
  std::vector<std::set<std::string>> names_;
};

}  // namespace

struct Json::Node {
  std::shared_ptr<const nlohmann::json> document;
  const nlohmann::json* value;
  std::string where, name;

  std::shared_ptr<const Node> Child(const nlohmann::json& child,
                                    const std::string& child_name) const {
    const std::string path = (name.empty() ? "" : name + ".") + "`" + child_name + "`";
    return std::make_shared<const Node>(Node{document, &child, where, path});
  }
};

Json::Json(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

Json Json::Parse(std::string_view text, const std::string& where) {
  if (text.size() > kLargestDocument) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("{} bytes of JSON, more than the {} that a model needs at most",
                            text.size(), kLargestDocument),
                where, kModelFileHint);
  }
  try {
    const nlohmann::json::parser_callback_t watch = Watcher(where);
    auto document = std::make_shared<const nlohmann::json>(nlohmann::json::parse(text, watch));
    const nlohmann::json* value = document.get();
    return Json(std::make_shared<const Node>(Node{std::move(document), value, where, ""}));
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(ErrorCode::kInvalid, fmt::format("it is not JSON from byte {} on", error.byte),
                where, "The file may be damaged or cut short; copy or download it again");
  } catch (const nlohmann::json::exception&) {  // a number beyond double
    throw Error(ErrorCode::kInvalid, "it holds a number that no program can read", where,
                kModelFileHint);
  }
}

Json Json::Read(const Path& file) { return Parse(ReadFile(file, kLargestDocument), file.string()); }

bool Json::is_string() const { return node_->value->is_string(); }
bool Json::is_object() const { return node_->value->is_object(); }
const std::string& Json::where() const { return node_->where; }

void Json::Fail(const std::string& wanted) const {
  const std::string what = node_->name.empty() ? "the document" : node_->name;
  throw Error(ErrorCode::kInvalid, fmt::format("{} must be {}", what, wanted), node_->where,
              kModelFileHint);
}

std::optional<Json> Json::Member(const std::string& name) const {
  if (!is_object()) Fail("an object");
  const auto found = node_->value->find(name);
  if (found == node_->value->end() || found->is_null()) return std::nullopt;
  return Json(node_->Child(*found, name));
}

std::vector<std::pair<std::string, Json>> Json::Members() const {
  if (!is_object()) Fail("an object");
  std::vector<std::pair<std::string, Json>> members;
  for (const auto& [name, value] : node_->value->items()) {
    members.emplace_back(name, Json(node_->Child(value, name)));
  }
  return members;
}

std::vector<Json> Json::Elements() const {
  if (!node_->value->is_array()) Fail("a list");
  std::vector<Json> elements;
  for (const nlohmann::json& value : *node_->value) {
    const std::string path = fmt::format("{}[{}]", node_->name, elements.size());
    elements.push_back(
        Json(std::make_shared<const Node>(Node{node_->document, &value, node_->where, path})));
  }
  return elements;
}

int64_t Json::AsInteger() const {
  const bool whole = node_->value->is_number_integer();
  if (!whole || (node_->value->is_number_unsigned() && node_->value->get<uint64_t>() > INT64_MAX)) {
    Fail("a whole number");
  }
  return node_->value->get<int64_t>();
}

double Json::AsNumber() const {
  if (!node_->value->is_number()) Fail("a number");
  return node_->value->get<double>();
}

std::string Json::AsString() const {
  if (!is_string()) Fail("a text");
  return node_->value->get<std::string>();
}

std::optional<int64_t> Json::Integer(const std::string& name) const {
  const auto member = Member(name);
  if (!member) return std::nullopt;
  return member->AsInteger();
}

std::optional<double> Json::Number(const std::string& name) const {
  const auto member = Member(name);
  if (!member) return std::nullopt;
  return member->AsNumber();
}

std::optional<bool> Json::Boolean(const std::string& name) const {
  const auto member = Member(name);
  if (!member) return std::nullopt;
  if (!member->node_->value->is_boolean()) member->Fail("true or false");
  return member->node_->value->get<bool>();
}

std::optional<std::string> Json::String(const std::string& name) const {
  const auto member = Member(name);
  if (!member) return std::nullopt;
  return member->AsString();
}

}  // namespace dpr
