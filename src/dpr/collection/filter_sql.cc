// By SQLite's JSON functions, https://www.sqlite.org/json1.html.
#include "dpr/collection/filter_sql.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

using Kind = FilterExpression::Kind;

constexpr const char* kMetadata = "iif(passages.metadata = '', '{}', passages.metadata)";
constexpr const char* kSource =
    "coalesce((SELECT sources.key FROM sources WHERE sources.first_row <= passages.row"
    " ORDER BY sources.first_row DESC LIMIT 1), '')";

const char* SymbolOf(FilterOperator op) {
  switch (op) {
    case FilterOperator::kLess:
      return " < ";
    case FilterOperator::kLessOrEqual:
      return " <= ";
    case FilterOperator::kGreater:
      return " > ";
    case FilterOperator::kGreaterOrEqual:
      return " >= ";
    default:
      DPR_CHECK(false);
      return "";
  }
}

// In the form of SQLite's paths: $."a"."b". No name holds a quote or a backslash.
std::string JsonPath(const std::vector<std::string>& path) {
  std::string text = "$";
  for (const std::string& name : path) text += ".\"" + name + "\"";
  return text;
}

// The values that are a type of their own in SQLite's JSON.
constexpr std::pair<FilterValue::Kind, const char*> kWords[] = {
    {FilterValue::Kind::kNull, "null"},
    {FilterValue::Kind::kFalse, "false"},
    {FilterValue::Kind::kTrue, "true"}};

int Height(const FilterExpression& expression) {
  int height = 0;
  for (const FilterExpression& part : expression.parts) height = std::max(height, Height(part));
  return height + 1;
}

class Compiler {
 public:
  // The highest part of a conjunction or disjunction comes first: what stands before an open
  // parenthesis stays on the stack of SQLite's parser, which takes 100 symbols.
  std::string Condition(const FilterExpression& expression) {
    if (expression.kind == Kind::kTest) return Test(expression.test);
    if (expression.kind == Kind::kNot) return "NOT " + Within(expression, expression.parts[0]);
    std::vector<const FilterExpression*> parts;
    for (const FilterExpression& part : expression.parts) parts.push_back(&part);
    std::ranges::stable_sort(parts, std::greater<>(),
                             [](const auto* part) { return Height(*part); });
    std::string text;
    for (const FilterExpression* part : parts) {
      if (!text.empty()) text += expression.kind == Kind::kAnd ? " AND " : " OR ";
      text += Within(expression, *part);
    }
    return text;
  }

  std::vector<std::string> TakeParameters() { return std::move(parameters_); }

 private:
  // In parentheses only where they are needed, since SQLite's parser has a small stack.
  std::string Within(const FilterExpression& outer, const FilterExpression& part) {
    const bool binds_less = outer.kind == Kind::kNot
                                ? part.kind == Kind::kAnd || part.kind == Kind::kOr
                                : outer.kind == Kind::kAnd && part.kind == Kind::kOr;
    return binds_less ? "(" + Condition(part) + ")" : Condition(part);
  }

  // What is there already is bound once.
  std::string Parameter(std::string text) {
    const auto held = std::ranges::find(parameters_, text);
    const auto number = held - parameters_.begin() + 1;
    if (held == parameters_.end()) parameters_.push_back(std::move(text));
    return "?" + std::to_string(number);
  }

  std::string Test(const FilterTest& test) {
    switch (test.field.kind) {
      case FilterField::Kind::kId:
        return TestOfText(test, "passages.id");
      case FilterField::Kind::kTitle:
        return TestOfText(test, "passages.title");
      case FilterField::Kind::kText:
        return TestOfText(test, "passages.text");
      case FilterField::Kind::kSource: {
        // A record's own `source` stands before the file that it came from, as in the results.
        const std::string own = Parameter(JsonPath({"source"}));
        return "(CASE WHEN json_type(" + std::string(kMetadata) + ", " + own + ") IS NULL THEN " +
               TestOfText(test, kSource) + " ELSE " + TestOfMember(test, own) + " END)";
      }
      case FilterField::Kind::kMetadata:
        break;
    }
    return TestOfMember(test, Parameter(JsonPath(test.field.path)));
  }

  // Of a text that every passage has.
  std::string TestOfText(const FilterTest& test, const std::string& text) {
    if (test.op == FilterOperator::kExists) return "1";
    const std::string compared = ComparedTexts(test, text);
    return compared.empty() ? "0" : "(" + compared + ")";
  }

  // An object is compared with nothing, an array by its elements, which is slower: json_each parses
  // the metadata again, and json_type and json_extract do so once for a row.
  std::string TestOfMember(const FilterTest& test, const std::string& path) {
    const std::string at = "(" + std::string(kMetadata) + ", " + path + ")";
    if (test.op == FilterOperator::kExists) return "(json_type" + at + " IS NOT NULL)";
    const std::string itself = Alternatives(test, "json_extract" + at, " WHEN '", "' THEN ");
    const std::string element = Alternatives(test, "value", " OR (type = '", "' AND ", ")");
    return "(CASE json_type" + at + itself + " WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each" +
           at + " WHERE 0" + element + ") ELSE 0 END)";
  }

  // For each type of JSON that `test` compares with, how it compares a value of that type.
  std::string Alternatives(const FilterTest& test, const std::string& value,
                           const std::string& before_type, const std::string& behind_type,
                           const std::string& behind = {}) {
    std::string text;
    const auto add = [&](const char* type, const std::string& compared) {
      if (!compared.empty()) text += before_type + type + behind_type + compared + behind;
    };
    add("text", ComparedTexts(test, value));
    const std::string numbers = ComparedNumbers(test, value);
    add("integer", numbers);
    add("real", numbers);
    for (const auto& [kind, type] : kWords) {
      add(type, ValuesOf(test, kind).empty() ? "" : "1");
    }
    return text;
  }

  // The values of one kind, each as JSON.
  static std::vector<std::string> ValuesOf(const FilterTest& test, FilterValue::Kind kind) {
    std::vector<std::string> values;
    for (const FilterValue& value : test.values) {
      if (value.kind == kind) values.push_back(value.text);
    }
    return values;
  }

  std::string OneOf(const std::vector<std::string>& json) {
    std::string list;
    for (const std::string& value : json) list += (list.empty() ? "[" : ",") + value;
    return " IN (SELECT value FROM json_each(" + Parameter(list + "]") + "))";
  }

  // Empty where `test` compares with no text.
  std::string ComparedTexts(const FilterTest& test, const std::string& text) {
    std::vector<std::string> values = ValuesOf(test, FilterValue::Kind::kText);
    if (values.empty()) return {};
    if (values.size() > 1) {
      for (std::string& value : values) value = JsonString(value);
      return text + OneOf(values);
    }
    const std::string value = Parameter(values[0]);
    switch (test.op) {
      case FilterOperator::kIn:
        return text + " = " + value;
      case FilterOperator::kContains:
        return "instr(" + text + ", " + value + ") > 0";
      case FilterOperator::kStartsWith:
        return "substr(" + text + ", 1, length(" + value + ")) = " + value;
      case FilterOperator::kEndsWith:
        return "substr(" + text + ", length(" + text + ") - length(" + value + ") + 1) = " + value;
      default:
        return text + SymbolOf(test.op) + value;
    }
  }

  // Empty where `test` compares with no number. One of the expression goes the same way to a double
  // as those of the metadata, so that equal ones stay equal.
  std::string ComparedNumbers(const FilterTest& test, const std::string& number) {
    const std::vector<std::string> values = ValuesOf(test, FilterValue::Kind::kNumber);
    if (values.empty()) return {};
    if (values.size() > 1) return number + OneOf(values);
    const std::string symbol = test.op == FilterOperator::kIn ? " = " : SymbolOf(test.op);
    return number + symbol + "json_extract(" + Parameter(values[0]) + ", '$')";
  }

  std::vector<std::string> parameters_;
};

}  // namespace

FilterSql CompileFilter(const FilterExpression& expression) {
  Compiler compiler;
  const std::string condition = compiler.Condition(expression);
  return {"(" + condition + ")", compiler.TakeParameters()};
}

}  // namespace dpr
