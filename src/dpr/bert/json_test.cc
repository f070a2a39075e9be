#include "dpr/bert/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

std::string ProblemOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    return error.where() + ": " + error.problem();
  }
  return "no error";
}

TEST(Json, ReadsMembersByType) {
  const Json json =
      Json::Parse(R"({"a":-3,"b":0.5,"c":true,"d":"x","e":null,"f":{"g":[1,"two"]}})", "file");
  EXPECT_EQ(json.Integer("a"), -3);
  EXPECT_EQ(json.Number("b"), 0.5);
  EXPECT_EQ(json.Number("a"), -3.0);
  EXPECT_EQ(json.Boolean("c"), true);
  EXPECT_EQ(json.String("d"), "x");
  EXPECT_EQ(json.Integer("e"), std::nullopt);
  EXPECT_EQ(json.Integer("absent"), std::nullopt);
  const std::vector<Json> elements = json.Member("f")->Member("g")->Elements();
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[0].AsInteger(), 1);
  EXPECT_EQ(elements[1].AsString(), "two");
  EXPECT_EQ(json.Members().size(), 6u);
}

TEST(Json, NamesTheFileAndTheMemberOfAnotherType) {
  const Json json = Json::Parse(R"({"a":{"b":[true]},"c":1.5,"d":18446744073709551615})", "file");
  EXPECT_EQ(ProblemOf([&] { json.String("a"); }), "file: `a` must be a text");
  EXPECT_EQ(ProblemOf([&] { json.Member("a")->Member("b")->Elements()[0].AsInteger(); }),
            "file: `a`.`b`[0] must be a whole number");
  EXPECT_EQ(ProblemOf([&] { json.Integer("c"); }), "file: `c` must be a whole number");
  EXPECT_EQ(ProblemOf([&] { json.Integer("d"); }), "file: `d` must be a whole number");
  EXPECT_EQ(ProblemOf([&] { json.Boolean("c"); }), "file: `c` must be true or false");
  EXPECT_EQ(ProblemOf([&] { json.Number("a"); }), "file: `a` must be a number");
  EXPECT_EQ(ProblemOf([&] { json.Elements(); }), "file: the document must be a list");
  EXPECT_EQ(ProblemOf([&] { json.Member("c")->Members(); }), "file: `c` must be an object");
}

TEST(Json, RefusesWhatIsNotJson) {
  EXPECT_THAT(ProblemOf([] { Json::Parse("{\"a\":1", "file"); }),
              ::testing::StartsWith("file: it is not JSON from byte 7 on"));
  EXPECT_THAT(ProblemOf([] { Json::Parse("", "file"); }), ::testing::HasSubstr("not JSON"));
  EXPECT_THAT(ProblemOf([] { Json::Parse("{\"a\":\"\xff\"}", "file"); }),
              ::testing::HasSubstr("not JSON"));
  EXPECT_THAT(ProblemOf([] { Json::Parse("[1e999]", "file"); }), ::testing::HasSubstr("number"));
}

TEST(Json, RefusesDeepNestingAndNamesGivenTwice) {
  EXPECT_THAT(ProblemOf([] { Json::Parse(std::string(1000000, '['), "file"); }),
              ::testing::HasSubstr("nested deeper"));
  EXPECT_THAT(ProblemOf([] { Json::Parse(R"({"a":{"x":1},"b":{"x":1,"x":2}})", "file"); }),
              ::testing::HasSubstr("`x` is given twice"));
  EXPECT_NO_THROW(Json::Parse(R"({"a":{"x":1},"b":{"x":1}})", "file"));
}

TEST(Json, RefusesAFileOfAbsurdSize) {
  const testing::TemporaryFolder folder;
  const Path file = folder.Write("config.json", "{}" + std::string(17 << 20, ' '));
  EXPECT_THAT(ProblemOf([&] { Json::Read(file); }), ::testing::HasSubstr("larger than"));
}

}  // namespace
}  // namespace dpr
