#include "dpr/collection/filter_expression.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/collection/filter_scanner.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

using Kind = FilterExpression::Kind;

constexpr std::string_view kKeywords[] = {"and",  "or",   "not",    "in",   "contains", "starts",
                                          "ends", "with", "exists", "true", "false",    "null"};
constexpr const char* kOperators =
    "an operator (=, !=, <, <=, >, >=, in, contains, starts with, ends with, exists)";

// What a passage has beside its metadata; in quotes, or with a dot behind, each is a member's name.
struct BuiltIn {
  const char* name;
  FilterField::Kind kind;
};
constexpr BuiltIn kBuiltIns[] = {{"id", FilterField::Kind::kId},
                                 {"title", FilterField::Kind::kTitle},
                                 {"text", FilterField::Kind::kText},
                                 {"source", FilterField::Kind::kSource}};

FilterExpression Not(FilterExpression part) {
  FilterExpression negated{Kind::kNot, {}, {}};
  negated.parts.push_back(std::move(part));
  return negated;
}

FilterExpression Joined(Kind kind, std::vector<FilterExpression> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  return {kind, std::move(parts), {}};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : scanner_(text) {}

  FilterExpression Parse() {
    FilterExpression expression = Disjunction();
    if (scanner_.token().kind != FilterToken::Kind::kEnd) {
      scanner_.FailExpected("`and`, `or` or the end");
    }
    return expression;
  }

 private:
  FilterExpression Disjunction() {
    std::vector<FilterExpression> parts;
    do {
      parts.push_back(Conjunction());
    } while (scanner_.TakeKeyword("or"));
    return Joined(Kind::kOr, std::move(parts));
  }

  FilterExpression Conjunction() {
    std::vector<FilterExpression> parts;
    do {
      parts.push_back(Negation());
    } while (scanner_.TakeKeyword("and"));
    return Joined(Kind::kAnd, std::move(parts));
  }

  FilterExpression Negation() {
    const size_t begin = scanner_.token().begin;
    const bool negated = scanner_.TakeKeyword("not");
    if (!negated && !scanner_.TakeSymbol("(")) return Comparison();
    if (++depth_ > kMostFilterDepth) {
      scanner_.Fail("more than " + std::to_string(kMostFilterDepth) +
                        " parentheses and `not`s within one another",
                    begin);
    }
    FilterExpression inner = negated ? Not(Negation()) : Disjunction();
    if (!negated && !scanner_.TakeSymbol(")")) scanner_.FailExpected("`and`, `or` or `)`");
    --depth_;
    return inner;
  }

  FilterExpression Comparison() {
    const size_t begin = scanner_.token().begin;
    if (++tests_ > kMostFilterTests) {
      scanner_.Fail("more than " + std::to_string(kMostFilterTests) + " comparisons", begin,
                    "Name many values of one field with `in`");
    }
    FilterExpression expression;
    FilterTest& test = expression.test;
    test.field = Field();
    if (scanner_.IsSymbol("!=") || scanner_.IsSymbol("<>")) {
      scanner_.Take();
      test.op = FilterOperator::kIn;
      test.values.push_back(Value());
      return Not(std::move(expression));
    }
    const bool negated = scanner_.TakeKeyword("not");
    if (!negated && TakeSymbolTest(test)) return expression;
    TakeWordTest(test);
    return negated ? Not(std::move(expression)) : expression;
  }

  // Those that are written in symbols.
  bool TakeSymbolTest(FilterTest& test) {
    if (scanner_.TakeSymbol("=") || scanner_.TakeSymbol("==")) {
      test.op = FilterOperator::kIn;
      test.values.push_back(Value());
      return true;
    }
    if (scanner_.TakeSymbol("<")) {
      test.op = FilterOperator::kLess;
    } else if (scanner_.TakeSymbol("<=")) {
      test.op = FilterOperator::kLessOrEqual;
    } else if (scanner_.TakeSymbol(">")) {
      test.op = FilterOperator::kGreater;
    } else if (scanner_.TakeSymbol(">=")) {
      test.op = FilterOperator::kGreaterOrEqual;
    } else {
      return false;
    }
    const bool has_order = scanner_.token().kind == FilterToken::Kind::kNumber ||
                           scanner_.token().kind == FilterToken::Kind::kQuoted;
    if (!has_order) scanner_.FailExpected("a number or a text in quotes, which have an order");
    test.values.push_back(Value());
    return true;
  }

  // Those that are written in words, which `not` may precede.
  void TakeWordTest(FilterTest& test) {
    if (scanner_.TakeKeyword("exists")) {
      test.op = FilterOperator::kExists;
    } else if (scanner_.TakeKeyword("in")) {
      test.op = FilterOperator::kIn;
      TakeValues(test);
    } else if (scanner_.TakeKeyword("contains")) {
      TakeText(FilterOperator::kContains, test);
    } else if (scanner_.IsKeyword("starts") || scanner_.IsKeyword("ends")) {
      const bool starts = scanner_.IsKeyword("starts");
      scanner_.Take();
      if (!scanner_.TakeKeyword("with")) scanner_.FailExpected("`with`");
      TakeText(starts ? FilterOperator::kStartsWith : FilterOperator::kEndsWith, test);
    } else if (scanner_.IsKeyword("like")) {
      scanner_.FailExpected(kOperators,
                            "Instead of wildcards there are contains, starts with and "
                            "ends with");
    } else {
      scanner_.FailExpected(kOperators);
    }
  }

  void TakeValues(FilterTest& test) {
    if (!scanner_.TakeSymbol("(")) scanner_.FailExpected("`(` and values");
    do {
      test.values.push_back(Value());
    } while (scanner_.TakeSymbol(","));
    if (!scanner_.TakeSymbol(")")) scanner_.FailExpected("`,` or `)`");
  }

  void TakeText(FilterOperator op, FilterTest& test) {
    test.op = op;
    if (scanner_.token().kind != FilterToken::Kind::kQuoted) {
      scanner_.FailExpected("a text in quotes");
    }
    test.values.push_back(Value());
  }

  FilterField Field() {
    const bool bare = scanner_.token().kind == FilterToken::Kind::kWord;
    FilterField field;
    do {
      field.path.push_back(Name());
    } while (scanner_.TakeSymbol("."));
    if (!bare || field.path.size() > 1) return field;
    for (const auto& [name, kind] : kBuiltIns) {
      if (field.path[0] == name) return {kind, {}};
    }
    return field;
  }

  std::string Name() {
    const FilterToken& token = scanner_.token();
    const bool word = token.kind == FilterToken::Kind::kWord;
    if (!word && token.kind != FilterToken::Kind::kQuoted) {
      scanner_.FailExpected("the name of a field");
    }
    if (word &&
        std::ranges::any_of(kKeywords, [&](std::string_view k) { return scanner_.IsKeyword(k); })) {
      scanner_.FailExpected("the name of a field", "A field of this name is put in quotes");
    }
    const bool odd = std::ranges::any_of(token.text, [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    if (odd) {
      scanner_.Fail(
          "a field with a double quote, a backslash or a control character in its name "
          "cannot be asked for",
          token.begin);
    }
    return scanner_.Take().text;
  }

  FilterValue Value() {
    if (scanner_.TakeKeyword("null")) return {FilterValue::Kind::kNull, {}};
    if (scanner_.TakeKeyword("false")) return {FilterValue::Kind::kFalse, {}};
    if (scanner_.TakeKeyword("true")) return {FilterValue::Kind::kTrue, {}};
    if (scanner_.token().kind == FilterToken::Kind::kNumber) {
      return {FilterValue::Kind::kNumber, scanner_.Take().text};
    }
    if (scanner_.token().kind == FilterToken::Kind::kQuoted) {
      return {FilterValue::Kind::kText, scanner_.Take().text};
    }
    scanner_.FailExpected("a value (a number, a text in quotes, true, false, null)");
  }

  FilterScanner scanner_;
  int depth_ = 0, tests_ = 0;
};

void AddFields(const FilterExpression& expression, std::vector<FilterField>& fields) {
  for (const FilterExpression& part : expression.parts) AddFields(part, fields);
  if (expression.kind != Kind::kTest) return;
  const FilterField& field = expression.test.field;
  if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
}

}  // namespace

FilterExpression ParseFilter(std::string_view text) {
  if (text.size() > kMostFilterBytes) {
    throw Error(ErrorCode::kUsage,
                "the expression has " + std::to_string(text.size()) + " bytes, more than " +
                    std::to_string(kMostFilterBytes),
                "filter");
  }
  return Parser(text).Parse();
}

std::string FilterFieldName(const FilterField& field) {
  for (const auto& [name, kind] : kBuiltIns) {
    if (field.kind == kind) return name;
  }
  std::string name;
  for (const std::string& step : field.path) name += (name.empty() ? "" : ".") + step;
  return name;
}

std::vector<FilterField> FieldsOf(const FilterExpression& expression) {
  std::vector<FilterField> fields;
  AddFields(expression, fields);
  return fields;
}

}  // namespace dpr
