// The small language of filters: `year >= 1990 and not lang in ("de", "fr")`. An expression as a
// tree, and the parser that makes it. What it means: docs/design/filters.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dpr {

// What a passage is asked for: something of its own, or a member of its metadata.
struct FilterField {
  enum class Kind { kId, kTitle, kText, kSource, kMetadata };
  Kind kind = Kind::kMetadata;
  std::vector<std::string> path;  // of kMetadata: a member, its member, ...

  bool operator==(const FilterField&) const = default;
};

struct FilterValue {
  enum class Kind { kNull, kFalse, kTrue, kNumber, kText };
  Kind kind = Kind::kNull;
  std::string text;  // of kNumber: as JSON writes it
};

enum class FilterOperator {
  kIn,  // equal to one of the values; of one value: =
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kStartsWith,
  kEndsWith,
  kExists,
};

// One comparison. It holds or does not; there is nothing between.
struct FilterTest {
  FilterField field;
  FilterOperator op = FilterOperator::kExists;
  std::vector<FilterValue> values;  // kIn: one or more; kExists: none; else one
};

struct FilterExpression {
  enum class Kind { kAnd, kOr, kNot, kTest };
  Kind kind = Kind::kTest;
  std::vector<FilterExpression> parts;  // kAnd, kOr: two or more; kNot: one
  FilterTest test;                      // of kTest
};

// An expression beyond these is refused. The depth is that of parentheses and `not`s; SQLite's
// parser has room for some 100 open symbols.
inline constexpr size_t kMostFilterBytes = size_t{1} << 20;
inline constexpr int kMostFilterDepth = 20;
inline constexpr int kMostFilterTests = 256;

// kUsage, naming the column (in characters, from 1) and what was expected there.
FilterExpression ParseFilter(std::string_view text);

// As an expression names it.
std::string FilterFieldName(const FilterField& field);
// Each once, in the order of the expression.
std::vector<FilterField> FieldsOf(const FilterExpression& expression);

}  // namespace dpr
