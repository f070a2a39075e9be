#include "dpr/collection/filter_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const char* OperatorText(FilterOperator op) {
  switch (op) {
    case FilterOperator::kIn:
      return "in";
    case FilterOperator::kLess:
      return "<";
    case FilterOperator::kLessOrEqual:
      return "<=";
    case FilterOperator::kGreater:
      return ">";
    case FilterOperator::kGreaterOrEqual:
      return ">=";
    case FilterOperator::kContains:
      return "contains";
    case FilterOperator::kStartsWith:
      return "starts";
    case FilterOperator::kEndsWith:
      return "ends";
    case FilterOperator::kExists:
      break;
  }
  return "exists";
}

// The tree as text: [and [year in 1990] [not [lang exists]]]; a field of the passage's own in <>.
std::string Tree(const FilterExpression& expression) {
  if (expression.kind == FilterExpression::Kind::kTest) {
    const FilterTest& test = expression.test;
    const std::string name = FilterFieldName(test.field);
    std::string text =
        "[" + (test.field.path.empty() ? "<" + name + ">" : name) + " " + OperatorText(test.op);
    for (const FilterValue& value : test.values) {
      constexpr const char* kNames[] = {" null", " false", " true"};
      text += value.kind == FilterValue::Kind::kNumber ? " " + value.text
              : value.kind == FilterValue::Kind::kText ? " '" + value.text + "'"
                                                       : kNames[static_cast<size_t>(value.kind)];
    }
    return text + "]";
  }
  std::string text = expression.kind == FilterExpression::Kind::kAnd  ? "[and"
                     : expression.kind == FilterExpression::Kind::kOr ? "[or"
                                                                      : "[not";
  for (const FilterExpression& part : expression.parts) text += " " + Tree(part);
  return text + "]";
}

std::string TreeOf(std::string_view text) { return Tree(ParseFilter(text)); }

std::string ErrorOf(std::string_view text) {
  try {
    ParseFilter(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  ADD_FAILURE() << text << " was taken";
  return {};
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(FilterExpression, HasEachComparison) {
  EXPECT_EQ(TreeOf("year = 1990"), "[year in 1990]");
  EXPECT_EQ(TreeOf("year == -1.5e+3"), "[year in -1.5e+3]");
  EXPECT_EQ(TreeOf("year<1990"), "[year < 1990]");
  EXPECT_EQ(TreeOf("year <= '1990'"), "[year <= '1990']");
  EXPECT_EQ(TreeOf("year > 0"), "[year > 0]");
  EXPECT_EQ(TreeOf("year>=1"), "[year >= 1]");
  EXPECT_EQ(TreeOf("lang in (\"de\", 'fr', 1, true, false, null)"),
            "[lang in 'de' 'fr' 1 true false null]");
  EXPECT_EQ(TreeOf("title contains 'a'"), "[<title> contains 'a']");
  EXPECT_EQ(TreeOf("url starts with 'a'"), "[url starts 'a']");
  EXPECT_EQ(TreeOf("url ends with 'a'"), "[url ends 'a']");
  EXPECT_EQ(TreeOf("url exists"), "[url exists]");
}

TEST(FilterExpression, NegatesEachWhereOneWouldWriteIt) {
  EXPECT_EQ(TreeOf("a != 1"), "[not [a in 1]]");
  EXPECT_EQ(TreeOf("a <> null"), "[not [a in null]]");
  EXPECT_EQ(TreeOf("a not in (1)"), "[not [a in 1]]");
  EXPECT_EQ(TreeOf("a not contains 'b'"), "[not [a contains 'b']]");
  EXPECT_EQ(TreeOf("a not starts with 'b'"), "[not [a starts 'b']]");
  EXPECT_EQ(TreeOf("a not exists"), "[not [a exists]]");
  EXPECT_EQ(TreeOf("not a = 1 and b = 2"), "[and [not [a in 1]] [b in 2]]");
  EXPECT_EQ(TreeOf("not not a = 1"), "[not [not [a in 1]]]");
}

TEST(FilterExpression, AndBindsMoreThanOr) {
  EXPECT_EQ(TreeOf("a = 1 or b = 2 and c = 3 and d = 4"),
            "[or [a in 1] [and [b in 2] [c in 3] [d in 4]]]");
  EXPECT_EQ(TreeOf("(a = 1 OR b = 2) AND NOT (c EXISTS)"),
            "[and [or [a in 1] [b in 2]] [not [c exists]]]");
}

TEST(FilterExpression, KnowsThePassagesOwnFieldsFromMembersOfTheirNames) {
  EXPECT_EQ(TreeOf("id = 'x' or text = 'x' or source = 'x'"),
            "[or [<id> in 'x'] [<text> in 'x'] [<source> in 'x']]");
  EXPECT_EQ(TreeOf("'id' = 'x'"), "[id in 'x']");
  EXPECT_EQ(TreeOf("source.name = 'x'"), "[source.name in 'x']");
  EXPECT_EQ(ParseFilter("a.'b.c'.\"d e\" exists").test.field.path,
            (std::vector<std::string>{"a", "b.c", "d e"}));
  EXPECT_EQ(TreeOf("_id = 1 and Größe-2 = 1 and 'in' = 1 and '' = 1"),
            "[and [_id in 1] [Größe-2 in 1] [in in 1] [ in 1]]");
}

TEST(FilterExpression, QuotesMayHoldAnything) {
  EXPECT_EQ(TreeOf(R"(a = 'it''s' and b = "say ""hi""" and c = "it's")"),
            R"([and [a in 'it's'] [b in 'say "hi"'] [c in 'it's']])");
  EXPECT_EQ(TreeOf(R"(a = "x\n\t\r\\\"\'")"), "[a in 'x\n\t\r\\\"'']");
  EXPECT_EQ(TreeOf("a = 'x\ny;--%_'"), "[a in 'x\ny;--%_']");
}

TEST(FilterExpression, SaysWhereAndWhatItExpected) {
  EXPECT_EQ(ErrorOf(""), "filter, column 1: expected the name of a field, but the expression ends");
  EXPECT_EQ(ErrorOf("year > and"),
            "filter, column 8: expected a number or a text in quotes, which have an order, but "
            "there is `and`");
  EXPECT_EQ(ErrorOf("jährig = x"),
            "filter, column 10: expected a value (a number, a text in quotes, true, false, null), "
            "but there is `x`");
  EXPECT_THAT(ErrorOf("a 1"), StartsWith("filter, column 3: expected an operator (=, !=,"));
  EXPECT_THAT(ErrorOf("a like 'b%'"), HasSubstr("there are contains, starts with and ends with"));
  EXPECT_THAT(ErrorOf("a = 1 b = 2"),
              StartsWith("filter, column 7: expected `and`, `or` or the end, but there is `b`"));
  EXPECT_THAT(ErrorOf("(a = 1"), HasSubstr("column 7: expected `and`, `or` or `)`, but the"));
  EXPECT_THAT(ErrorOf("a = 1)"), HasSubstr("column 6: expected `and`"));
  EXPECT_THAT(ErrorOf("in = 1"), HasSubstr("A field of this name is put in quotes"));
  EXPECT_THAT(ErrorOf("a in 1"), HasSubstr("column 6: expected `(` and values"));
  EXPECT_THAT(ErrorOf("a in ()"), HasSubstr("column 7: expected a value"));
  EXPECT_THAT(ErrorOf("a in (1"), HasSubstr("column 8: expected `,` or `)`"));
  EXPECT_THAT(ErrorOf("a contains 5"), HasSubstr("column 12: expected a text in quotes"));
  EXPECT_THAT(ErrorOf("a starts 'x'"), HasSubstr("column 10: expected `with`"));
  EXPECT_THAT(ErrorOf("a. = 1"), HasSubstr("column 4: expected the name of a field"));
  EXPECT_THAT(ErrorOf("a not = 1"), HasSubstr("column 7: expected an operator"));
  EXPECT_THAT(ErrorOf("a < true"), HasSubstr("which have an order"));
}

TEST(FilterExpression, RefusesWhatIsNoWordOfIt) {
  EXPECT_THAT(ErrorOf("a = 'x"), HasSubstr("column 5: the quote is not closed"));
  EXPECT_THAT(ErrorOf("a = 'x\\"), HasSubstr("a backslash in quotes stands before"));
  EXPECT_THAT(ErrorOf("a = '\\u0041'"), HasSubstr("column 6: a backslash in quotes"));
  EXPECT_THAT(ErrorOf("a & b"), HasSubstr("column 3: `&` means nothing here"));
  EXPECT_THAT(ErrorOf("a = 1; DROP TABLE passages"), HasSubstr("column 6: `;` means nothing"));
  for (const char* number : {"01", "1.", "1.2.3", "1e", "-", "1x", "0x10", "1e+", "--1"}) {
    EXPECT_THAT(ErrorOf(std::string("a = ") + number), HasSubstr("column 5: this is no number"));
  }
  EXPECT_THAT(ErrorOf("a = +1"), HasSubstr("column 5: `+` means nothing"));
  EXPECT_THAT(ErrorOf("a = 123456789012345678901"), HasSubstr("put it in quotes"));
  EXPECT_THAT(ErrorOf("a = 1e400"), HasSubstr("put it in quotes"));
  EXPECT_THAT(ErrorOf("a = '\xff'"), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorOf(std::string("a = '\0'", 7)), HasSubstr("NUL"));
  EXPECT_THAT(ErrorOf("'a\"b' = 1"), HasSubstr("cannot be asked for"));
  EXPECT_THAT(ErrorOf("'a\\\\b' = 1"), HasSubstr("cannot be asked for"));
  EXPECT_THAT(ErrorOf("'a\\nb' = 1"), HasSubstr("cannot be asked for"));
}

TEST(FilterExpression, RefusesWhatIsTooDeepOrTooLong) {
  const auto nested = [](int depth) { return Repeat("(", depth) + "a = 1" + Repeat(")", depth); };
  EXPECT_EQ(TreeOf(nested(kMostFilterDepth)), "[a in 1]");
  EXPECT_THAT(ErrorOf(nested(kMostFilterDepth + 1)), HasSubstr("column 21: more than 20"));
  ParseFilter(Repeat("not ", kMostFilterDepth) + "a = 1");
  EXPECT_THAT(ErrorOf(Repeat("not ", 1'000'000 / 4) + "a = 1"), HasSubstr("more than 20"));
  EXPECT_THAT(ErrorOf(Repeat("(", 1'000'000)), HasSubstr("more than 20"));
  ParseFilter(Repeat("a = 1 or ", kMostFilterTests - 1) + "a = 1");
  EXPECT_THAT(ErrorOf(Repeat("a = 1 or ", kMostFilterTests) + "a = 1"),
              HasSubstr("more than 256 comparisons"));
  ParseFilter("a in (" + Repeat("1,", 100'000) + "1)");
  EXPECT_THAT(ErrorOf("a = '" + std::string(kMostFilterBytes, 'x') + "'"), HasSubstr("bytes"));
}

TEST(FilterExpression, ListsItsFieldsOnce) {
  EXPECT_EQ(FieldsOf(ParseFilter("a = 1 or not (b.c exists and a < 3) or title = ''")),
            (std::vector<FilterField>{{FilterField::Kind::kMetadata, {"a"}},
                                      {FilterField::Kind::kMetadata, {"b", "c"}},
                                      {FilterField::Kind::kTitle, {}}}));
}

}  // namespace
}  // namespace dpr
