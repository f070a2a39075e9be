// Filters over random metadata: SQLite's answer and that of a slow twin that evaluates each
// passage's JSON by itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "dpr/base/random.h"
#include "dpr/collection/test_collection.h"

namespace dpr {
namespace {

using Json = nlohmann::json;

// Draws, one after the other.
class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed, 0) {}
  size_t Below(size_t bound) { return random_.Below(position_++, bound); }
  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  CounterRandom random_;
  uint64_t position_ = 0;
};

// Few values, so that they meet, and those that are easily mistaken for one another.
const std::vector<std::string> kTexts = {"",     "a",    "A",       "ab",    "b",     "1",    "1.0",
                                         "true", "null", "äö",      "日本",  "'",     "it's", "%",
                                         "_",    "a\"b", "x\ny\\z", "🙂a", "['a']", "{}"};
const std::vector<std::string> kNumbers = {"0",
                                           "-0.0",
                                           "1",
                                           "1.0",
                                           "-1",
                                           "2",
                                           "0.1",
                                           "0.5",
                                           "1e3",
                                           "1000",
                                           "9007199254740993",
                                           "9007199254740992.0",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "18446744073709551615",
                                           "9223372036854775808",
                                           "1.7976931348623157e308",
                                           "5e-324"};
// As an expression writes them, and as a record does.
const std::vector<std::pair<std::string, std::vector<std::string>>> kFields = {
    {"a", {"a"}},        {"tags", {"tags"}},           {"'a.b'", {"a.b"}},
    {"d.e", {"d", "e"}}, {"d.\"f g\"", {"d", "f g"}},  {"größe", {"größe"}},
    {"'in'", {"in"}},    {"\"it's[0]\"", {"it's[0]"}}, {"'source'", {"source"}},
    {"'id'", {"id"}},    {"nowhere", {"nowhere"}},     {"'$'", {"$"}}};

Json RandomScalar(Draws& draws) {
  switch (draws.Below(5)) {
    case 0:
      return nullptr;
    case 1:
      return draws.Below(2) == 0;
    case 2:
      return draws.Of(kTexts);
    default:
      return Json::parse(draws.Of(kNumbers));
  }
}

Json RandomValue(Draws& draws, int depth = 0) {
  const size_t kind = draws.Below(6);
  if (depth > 2 || kind > 1) return RandomScalar(draws);
  Json value = kind == 0 ? Json::array() : Json::object();
  for (size_t i = draws.Below(4); i > 0; --i) {
    if (kind == 0) {
      value.push_back(RandomValue(draws, depth + 1));
    } else {
      value[draws.Of(kTexts)] = RandomValue(draws, depth + 1);
    }
  }
  return value;
}

// Under `metadata`, so that members may be called as the passage's own fields.
Json RandomRecord(Draws& draws, int number) {
  Json metadata = Json::object();
  for (const auto& [name, path] : kFields) {
    if (draws.Below(3) == 0 || path[0] == "nowhere") continue;
    Json* place = &metadata;
    for (const std::string& step : path) {
      if (!place->is_object()) *place = Json::object();
      place = &(*place)[step];
    }
    *place = RandomValue(draws);
  }
  Json record = {{"_id", "p" + std::to_string(number)},
                 {"title", draws.Of(kTexts)},
                 {"text", draws.Of(kTexts)}};
  if (draws.Below(8) != 0) record["metadata"] = metadata;
  return record;
}

// What a filter may ask of a passage, as the twin sees it.
struct Record {
  Json own;  // id, title, text, source
  Json metadata;
};

using Predicate = std::function<bool(const Record&)>;
struct Expression {
  std::string text;
  Predicate holds;
};

bool IsLargeUnsigned(const Json& value) {
  return value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX};
}

// SQLite's integers have a sign: beyond them they are doubles. Long doubles hold both exactly.
long double NumberOf(const Json& value) {
  if (value.is_number_float() || IsLargeUnsigned(value)) return value.get<double>();
  return static_cast<long double>(value.get<int64_t>());
}

// Below 0, 0 or above; nothing for two that are not compared.
std::optional<int> Compare(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    const long double x = NumberOf(a), y = NumberOf(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_string() && b.is_string()) {
    return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
  }
  if (a.type() == b.type() && (a.is_null() || a.is_boolean())) return a == b ? 0 : 1;
  return std::nullopt;
}

// Does the value hold it, or one of an array's elements?
bool Any(const Json* value, const std::function<bool(const Json&)>& holds) {
  if (value == nullptr || value->is_object()) return false;
  if (!value->is_array()) return holds(*value);
  return std::any_of(value->begin(), value->end(), holds);
}

struct Field {
  std::string text;
  std::function<const Json*(const Record&)> find;
};

Field RandomField(Draws& draws) {
  if (draws.Below(6) == 0) {
    const std::string name = draws.Of<std::string>({"id", "title", "text", "source"});
    return {name, [name](const Record& record) {
              const bool from_record = name == "source" && record.metadata.contains("source");
              return from_record ? &record.metadata.at(name) : &record.own.at(name);
            }};
  }
  const auto& [text, path] = draws.Of(kFields);
  return {text, [&path = path](const Record& record) {
            const Json* value = &record.metadata;
            for (const std::string& step : path) {
              if (!value->is_object() || !value->contains(step))
                return static_cast<const Json*>(nullptr);
              value = &value->at(step);
            }
            return value;
          }};
}

std::string QuotedText(const std::string& text, Draws& draws) {
  const char quote = draws.Below(2) == 0 ? '"' : '\'';
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += draws.Below(2) == 0 ? '\\' : quote;
    if (c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + quote;
}

// A value as an expression writes it, and as JSON.
std::pair<std::string, Json> RandomLiteral(Draws& draws, bool ordered) {
  switch (draws.Below(ordered ? 2 : 3)) {
    case 0: {
      const std::string& number = draws.Of(kNumbers);
      return {number, Json::parse(number)};
    }
    case 1: {
      const std::string& text = draws.Of(kTexts);
      return {QuotedText(text, draws), text};
    }
    default: {
      const std::string word = draws.Of<std::string>({"true", "false", "null"});
      return {word, Json::parse(word)};
    }
  }
}

Expression RandomOrder(const Field& field, Draws& draws) {
  const std::string symbol = draws.Of<std::string>({"<", "<=", ">", ">="});
  const auto [text, value] = RandomLiteral(draws, true);
  return {field.text + " " + symbol + " " + text, [=, value = value](const Record& record) {
            return Any(field.find(record), [&](const Json& element) {
              const auto order = Compare(element, value);
              if (!order) return false;
              return symbol == "<"    ? *order < 0
                     : symbol == "<=" ? *order <= 0
                     : symbol == ">"  ? *order > 0
                                      : *order >= 0;
            });
          }};
}

Expression RandomTextTest(const Field& field, Draws& draws) {
  const std::string op = draws.Of<std::string>({"contains", "starts with", "ends with"});
  const std::string value = draws.Of(kTexts);
  return {field.text + " " + op + " " + QuotedText(value, draws), [=](const Record& record) {
            return Any(field.find(record), [&](const Json& element) {
              if (!element.is_string()) return false;
              const auto& text = element.get_ref<const std::string&>();
              return op == "contains"      ? text.find(value) != text.npos
                     : op == "starts with" ? text.starts_with(value)
                                           : text.ends_with(value);
            });
          }};
}

Expression RandomEquality(const Field& field, Draws& draws) {
  const bool list = draws.Below(2) == 0;
  std::string text;
  std::vector<Json> values;
  for (size_t i = list ? 1 + draws.Below(5) : 1; i > 0; --i) {
    const auto [literal, value] = RandomLiteral(draws, false);
    text += (text.empty() ? "" : ", ") + literal;
    values.push_back(value);
  }
  const bool negated = draws.Below(3) == 0;
  const std::string op = list ? (negated ? " not in (" : " in (") : (negated ? " != " : " = ");
  return {field.text + op + text + (list ? ")" : ""), [=](const Record& record) {
            return negated != Any(field.find(record), [&](const Json& element) {
                     return std::any_of(values.begin(), values.end(), [&](const Json& value) {
                       return Compare(element, value) == 0;
                     });
                   });
          }};
}

Expression RandomExpression(Draws& draws, int depth = 0) {
  const size_t kind = draws.Below(depth > 3 ? 4 : 8);
  if (kind == 7) {
    const Expression inner = RandomExpression(draws, depth + 1);
    return {"not (" + inner.text + ")", [=](const Record& r) { return !inner.holds(r); }};
  }
  if (kind >= 4) {
    const bool all = kind == 4;
    const Expression a = RandomExpression(draws, depth + 1), b = RandomExpression(draws, depth + 1);
    return {"(" + a.text + (all ? ") and (" : ") or (") + b.text + ")", [=](const Record& r) {
              return all ? a.holds(r) && b.holds(r) : a.holds(r) || b.holds(r);
            }};
  }
  const Field field = RandomField(draws);
  if (kind == 0) return RandomOrder(field, draws);
  if (kind == 1) return RandomTextTest(field, draws);
  if (kind == 2) return RandomEquality(field, draws);
  return {field.text + " exists", [=](const Record& r) { return field.find(r) != nullptr; }};
}

TEST(FilterTwin, EqualsSqliteOnAnyMetadataAndExpression) {
  const testing::TemporaryFolder folder;
  const Path collection = folder.path() / "c.dpr";
  Draws draws(11);
  std::string lines;
  for (int i = 0; i < 400; ++i) lines += RandomRecord(draws, i).dump() + "\n";
  testing::Index(collection, {folder.Write("p.jsonl", lines)}, testing::SmallSegments(150));
  DeletePassages(collection, std::vector<std::string>{"p0", "p149", "p150", "p333", "p399"});
  const Collection opened = Collection::Open(collection);
  std::vector<std::pair<int64_t, Record>> records;
  opened.ForEach([&](const StoredPassage& stored) {
    const Passage& p = stored.passage;
    records.push_back(
        {stored.row,
         {{{"id", p.id}, {"title", p.title}, {"text", p.text}, {"source", stored.source}},
          p.metadata.empty() ? Json::object() : Json::parse(p.metadata)}});
  });
  size_t some = 0;
  for (int i = 0; i < 1500; ++i) {
    const Expression expression = RandomExpression(draws);
    std::vector<int64_t> expected;
    for (const auto& [row, record] : records) {
      if (expression.holds(record)) expected.push_back(row);
    }
    ASSERT_EQ(opened.Filter(expression.text).Rows(), expected) << expression.text;
    some += !expected.empty() && expected.size() < records.size();
  }
  EXPECT_GT(some, 750u) << "most expressions choose";
}

}  // namespace
}  // namespace dpr
