#include "dpr/experiments/definition.h"

#include <gmock/gmock.h>

#include <functional>

#include "dpr/base/error.h"
#include "dpr/experiments/catalogue.h"
#include "dpr/experiments/tiny_squad_for_test.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Definition Parse(const Json& json, Size size = Size::kSmall) {
  return ParseDefinition(json.dump(), "tiny", "tiny.json", size);
}

// What is said about the tiny experiment after `change`.
std::string Complaint(const std::function<void(Json&)>& change) {
  Json json = testing::TinyExperiment();
  change(json);
  try {
    Parse(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return "nothing is wrong";
}

TEST(Definition, ReadsWhatTheFileSays) {
  const Definition definition = Parse(testing::TinyExperiment());
  EXPECT_EQ(definition.sets[0].files, std::vector<Path>{"squad.json"});
  EXPECT_EQ(definition.Encoder("pretrained").tokens, 1000);
  EXPECT_DOUBLE_EQ(definition.Variant("bm25").bm25->k1, 1.2);
  EXPECT_TRUE(definition.Variant("untrained").centred);
  EXPECT_TRUE(definition.Variant("words").word_vectors);
  const TrainDefinition& train = *definition.Variant("updates").train;
  EXPECT_EQ(train.settings.batch, 8);
  EXPECT_EQ(train.settings.hard_negatives, 0);
  EXPECT_EQ(train.settings.max_length, 32) << "of the experiment";
  EXPECT_EQ(definition.seeds, (std::vector<uint64_t>{1, 2}));
}

TEST(Definition, ASizeChangesWhatItNames) {
  EXPECT_EQ(Parse(testing::TinyExperiment(), Size::kSmoke).seeds, std::vector<uint64_t>{1});
  Json json = testing::TinyExperiment();
  json["sizes"]["full"] = {{"variants", {{"hybrid", nullptr}}}, {"settings", {{"batch", 2}}}};
  const Definition full = Parse(json, Size::kFull);
  EXPECT_EQ(full.variants.size() + 1, Parse(json).variants.size());
  EXPECT_EQ(full.Variant("trained").train->settings.batch, 2);
}

TEST(Definition, NamesAnUnknownMemberWithItsPathAndTheNearest) {
  EXPECT_THAT(Complaint([](Json& j) { j["titel"] = "x"; }),
              AllOf(HasSubstr("tiny.json"), HasSubstr("`titel`"), HasSubstr("`title`")));
  EXPECT_THAT(Complaint([](Json& j) { j["encoders"]["random"]["layer"] = 2; }),
              AllOf(HasSubstr("encoders.random"), HasSubstr("`layers`")));
  EXPECT_THAT(Complaint([](Json& j) {
                j["variants"]["trained"]["train"]["settings"] = {{"bach", 2}};
              }),
              AllOf(HasSubstr("variants.trained.train.settings"), HasSubstr("`batch`")));
  EXPECT_THAT(Complaint([](Json& j) { j["sizes"]["smal"] = Json::object(); }),
              AllOf(HasSubstr("sizes"), HasSubstr("`small`")));
}

TEST(Definition, NamesWhatIsMeantButDoesNotExist) {
  EXPECT_THAT(Complaint([](Json& j) { j["variants"]["trained"]["tests"] = {"sqad"}; }),
              AllOf(HasSubstr("no set `sqad`"), HasSubstr("`squad`")));
  EXPECT_THAT(Complaint([](Json& j) { j["variants"]["trained"]["encoder"] = "pretrain"; }),
              HasSubstr("`pretrained`"));
  EXPECT_THAT(Complaint([](Json& j) { j["variants"]["trained"]["train"]["negatives"] = "bm52"; }),
              HasSubstr("`bm25`"));
  EXPECT_THAT(Complaint([](Json& j) { j["baseline"] = "bm2"; }), HasSubstr("`bm25`"));
  EXPECT_THAT(Complaint([](Json& j) {
                j["reported"][0]["rows"] = {{"trainde", {1}}};
              }),
              HasSubstr("`trained`"));
  EXPECT_THAT(Complaint([](Json& j) { j["variants"]["hybrid"]["hybrid"]["dense"] = "train"; }),
              HasSubstr("`trained`"));
}

TEST(Definition, RefusesValuesThatCannotBe) {
  EXPECT_THAT(Complaint([](Json& j) {
                j["seeds"] = {1, 2, 1};
              }),
              AllOf(HasSubstr("seed 1"), HasSubstr("twice")));
  EXPECT_THAT(Complaint([](Json& j) { j["rates"] = {0}; }), HasSubstr("above 0"));
  EXPECT_THAT(Complaint([](Json& j) { j["test_questions"] = 0; }), HasSubstr("at least 1"));
  EXPECT_THAT(Complaint([](Json& j) { j["compare_at"] = 7; }), HasSubstr("columns"));
  EXPECT_THAT(Complaint([](Json& j) { j["encoders"]["random"]["heads"] = 3; }), HasSubstr("heads"));
  EXPECT_THAT(Complaint([](Json& j) { j["negatives"]["second"].erase("retriever"); }),
              HasSubstr("retriever"));
  EXPECT_THAT(Complaint([](Json& j) { j["variants"]["hybrid"]["hybrid"]["dense"] = "bm25"; }),
              HasSubstr("no encoder"));
  EXPECT_THAT(Complaint([](Json& j) { j["negatives"]["second"]["retriever"] = "second"; }),
              HasSubstr("first round"));
  EXPECT_THAT(Complaint([](Json& j) {
                j["reported"][0]["rows"]["bm25"] = {1, 2};
              }),
              HasSubstr("one figure for each"));
  EXPECT_THROW(ParseDefinition("{", "x", "x.json", Size::kSmall), Error);
}

TEST(Definition, AllThatAreEmbeddedAreWellFormedInEachSize) {
  EXPECT_FALSE(EmbeddedExperiments().empty());
  for (const Size size : {Size::kSmoke, Size::kSmall, Size::kFull}) {
    for (const Definition& definition : OpenDefinitions({}, size)) {
      EXPECT_FALSE(definition.variants.empty()) << definition.name;
    }
  }
}

TEST(Definition, SmallExperimentsAreAsLargeAsTheirReportsMustBe) {
  for (const Definition& definition : OpenDefinitions({}, Size::kSmall)) {
    EXPECT_TRUE(definition.passages == 0 || definition.passages >= 20000) << definition.name;
    EXPECT_GE(definition.test_questions, 500) << definition.name;
    const bool many = definition.name == "negatives" || definition.name == "similarity";
    EXPECT_GE(definition.seeds.size(), many ? 5 : 3) << definition.name;
  }
}

TEST(Definition, NamesTheNearestExperiment) {
  try {
    OpenDefinition("negative", Size::kSmoke);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("`negatives`"));
  }
}

}  // namespace
}  // namespace dpr
