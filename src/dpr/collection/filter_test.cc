// Filters over collections: what each means, and that nothing hostile gets through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dpr/base/error.h"
#include "dpr/collection/filter_expression.h"
#include "dpr/collection/filter_sql.h"
#include "dpr/collection/test_collection.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FilterTest : public ::testing::Test {
 protected:
  Path collection() const { return folder_.path() / "c.dpr"; }
  void Build(const std::string& lines, int64_t segment = 1000) const {
    testing::Index(collection(), {folder_.Write("p.jsonl", lines)},
                   testing::SmallSegments(segment));
  }
  // The ids of what matches.
  std::vector<std::string> Matching(const std::string& expression) const {
    const Collection opened = Collection::Open(collection());
    std::vector<std::string> ids;
    for (const StoredPassage& stored : opened.Get(opened.Filter(expression).Rows())) {
      ids.push_back(stored.passage.id);
    }
    return ids;
  }

  testing::TemporaryFolder folder_;
};

using Ids = std::vector<std::string>;

TEST_F(FilterTest, ComparesByTypeAndAnyElementOfAnArray) {
  Build(R"({"id":"a","text":"","year":1990,"tags":["x","y"],"open":true,"note":null}
{"id":"b","text":"","year":"1990","tags":"x","open":1,"author":{"name":"Kim","age":30}}
{"id":"c","text":"","year":1990.0,"tags":[],"open":"true"}
{"id":"d","text":""}
)");
  EXPECT_EQ(Matching("year = 1990"), (Ids{"a", "c"}));
  EXPECT_EQ(Matching("year = '1990'"), (Ids{"b"}));
  EXPECT_EQ(Matching("year != 1990"), (Ids{"b", "d"})) << "the opposite of =, missing or not";
  EXPECT_EQ(Matching("year != 1990 and year exists"), (Ids{"b"}));
  EXPECT_EQ(Matching("year < 2000"), (Ids{"a", "c"}));
  EXPECT_EQ(Matching("tags = 'x'"), (Ids{"a", "b"}));
  EXPECT_EQ(Matching("tags not in ('x')"), (Ids{"c", "d"}));
  EXPECT_EQ(Matching("tags exists"), (Ids{"a", "b", "c"}));
  EXPECT_EQ(Matching("open = true"), (Ids{"a"}));
  EXPECT_EQ(Matching("open = 1"), (Ids{"b"}));
  EXPECT_EQ(Matching("note = null"), (Ids{"a"}));
  EXPECT_EQ(Matching("note exists"), (Ids{"a"}));
  EXPECT_EQ(Matching("author.name = 'Kim' and author.age >= 30"), (Ids{"b"}));
  EXPECT_EQ(Matching("author = 'Kim' or author in ('Kim', 30)"), Ids()) << "an object is no value";
  EXPECT_EQ(Matching("id in ('d', 'a', 5)"), (Ids{"a", "d"}));
  EXPECT_EQ(Matching("title = ''").size(), 4u);
}

TEST_F(FilterTest, TheSourceIsWhatResultsShow) {
  folder_.Write("q.jsonl", R"({"id":"q","text":""}
)");
  Build(R"({"id":"a","text":"","source":"own"}
{"id":"b","text":""}
)");
  testing::Index(collection(), {folder_.path() / "q.jsonl"});
  EXPECT_EQ(Matching("source ends with '/p.jsonl'"), (Ids{"b"}));
  EXPECT_EQ(Matching("source ends with '/q.jsonl'"), (Ids{"q"}));
  EXPECT_EQ(Matching("source = 'own'"), (Ids{"a"}));
  EXPECT_EQ(Matching("'source' exists"), (Ids{"a"}));
}

TEST_F(FilterTest, WhatIsHostileIsOnlyText) {
  Build(R"({"id":"a","text":"","x":"'; DROP TABLE passages; --","a') OR 1=1 --":1}
{"id":"b","text":""}
)");
  EXPECT_EQ(Matching("x = '''; DROP TABLE passages; --'"), (Ids{"a"}));
  EXPECT_EQ(Matching("'a'') OR 1=1 --' = 1"), (Ids{"a"}));
  EXPECT_EQ(Matching("\"x') OR 1=1 --\" exists"), Ids());
  EXPECT_EQ(Collection::Open(collection()).passages(), 2);
}

TEST_F(FilterTest, ExpressionsAtTheLimitsAreWithinSQLites) {
  Build(R"({"id":"a","text":"","a":1,"source":"s"}
{"id":"b","text":""}
)");
  std::string chain = "a = 1", deep = "a = 1", turns = "a = 1", list = "a in ('x',2";
  for (int i = 1; i < kMostFilterTests; ++i) chain += " or source in ('x', 'y', 3, 4)";
  for (int i = 0; i < kMostFilterDepth; ++i) {
    deep = "(source = 'x' or " + deep + " and a exists)";
    turns = i % 2 == 0 ? "not source = 'x' and (" + turns + ")" : "a exists and not " + turns;
  }
  for (int i = 0; i < 200'000; ++i) list += ",1";
  EXPECT_EQ(Matching(chain), (Ids{"a"}));
  EXPECT_EQ(Matching(deep), (Ids{"a"}));
  EXPECT_NO_THROW(Matching(turns));
  EXPECT_EQ(Matching(list + ")"), (Ids{"a"}));
  const std::function<std::string(int)> balanced = [&](int height) {
    if (height == 0) return std::string("source in ('s', 'y')");
    const std::string half = balanced(height - 1);
    return "(" + half + (height % 2 == 0 ? " and " : " or ") + half + ")";
  };
  std::string tree = balanced(7);
  for (int i = 7; i + 1 < kMostFilterDepth; i += 2) {
    tree = "(source = 's' and (source = 't' or " + tree + "))";
  }
  EXPECT_EQ(Matching(tree), (Ids{"a"}));
  // As deep as the parser lets through, whatever stands before the parentheses.
  for (const char* open : {"not ", "(", "a exists and (", "a exists or (", "a exists and not "}) {
    std::string all = "a exists";
    for (int i = 0; i < kMostFilterDepth; ++i) {
      all = open + all + (std::string_view(open).ends_with('(') ? ")" : "");
    }
    EXPECT_NO_THROW(Matching(all)) << all;
  }
}

TEST_F(FilterTest, TheConditionHoldsNothingOfTheExpression) {
  const FilterSql sql = CompileFilter(ParseFilter(
      "secretfield.inner in ('secretvalue', 'secretother', 4711, 4712) or secretfield < 4713 or "
      "title contains 'secretvalue' or source = 'secretvalue'"));
  EXPECT_THAT(sql.condition, Not(HasSubstr("secret")));
  EXPECT_THAT(sql.condition, Not(HasSubstr("471")));
}

TEST_F(FilterTest, FieldsThatNoPassageHasAreNamed) {
  Build(R"({"id":"a","text":"","year":1990}
)");
  const Collection opened = Collection::Open(collection());
  EXPECT_EQ(opened.FieldsNowhere("yaer = 1990 or year = 1 or title = '' or a.b exists"),
            (Ids{"yaer", "a.b"}));
  EXPECT_THROW(opened.Filter("year"), Error);
  EXPECT_EQ(opened.LiveRows().count(), 1);
}

}  // namespace
}  // namespace dpr
