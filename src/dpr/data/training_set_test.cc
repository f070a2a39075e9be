#include "dpr/data/training_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/data/passage_key.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/training_json.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Refused(const std::string& text, ErrorCode code = ErrorCode::kInvalid) {
  try {
    TrainingSet::Of(text, "F");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

std::string Item(const std::string& question, const std::string& positives = R"([{"text":"p"}])") {
  return R"({"question":")" + question + R"(","positive_ctxs":)" + positives + "}";
}

TEST(TrainingSet, NamesTheLineOrTheExample) {
  const TrainingSet lines = TrainingSet::Of("\n" + Item("a") + "\n\n" + Item("b"), "F");
  EXPECT_EQ(lines.Where(0), "F, line 2");
  EXPECT_EQ(lines.Where(1), "F, line 4");
  const TrainingSet array =
      TrainingSet::Of("[" + Item("a") + ",\n" + Item("b", "[]") + "," + Item("c") + "]", "F");
  EXPECT_EQ(array.Where(1), "F, example 3");
  EXPECT_EQ(array.Read(1).question.text, "c");
  EXPECT_EQ(array.Read(1).question.id, "3");
  EXPECT_EQ(array.counts().without_positives, 1);
}

TEST(TrainingSet, StraightensTheApostrophesOfDprsQuestions) {
  const auto read = [](const std::string& text) { return TrainingSet::Of(text, "F").Read(0); };
  EXPECT_EQ(read(Item("who\u2019s that\u2019")).question.text, "who's that'");
  EXPECT_EQ(read(R"({"anchor":"who\u2019s","positive":"p"})").question.text, "who\u2019s");
}

TEST(TrainingSet, DropsNothingOfAFileThatIsCutShort) {
  const std::string array = "[" + Item("a") + "," + Item("b") + "]";
  for (size_t length = 1; length < array.size(); ++length) {
    EXPECT_NE(Refused(array.substr(0, length)), "accepted") << length;
  }
  const std::string lines = Item("a") + "\n" + Item("b");
  for (size_t length = Item("a").size() + 2; length < lines.size(); ++length) {
    EXPECT_THAT(Refused(lines.substr(0, length)), StartsWith("F, line 2: it is not JSON"));
  }
  EXPECT_THAT(Refused("[" + Item("a") + "] x"), HasSubstr("more follows"));
  EXPECT_THAT(Refused("[" + Item("a") + ",]"), HasSubstr("example 2"));
}

TEST(TrainingSet, SaysWhatIsWrongWithAnExample) {
  const std::string good = Item("a") + "\n";
  const auto second = [&](const std::string& line) { return Refused(good + line); };
  EXPECT_THAT(second("[]"), StartsWith("F, line 2: it is JSON, but not an object"));
  EXPECT_THAT(second("{"), StartsWith("F, line 2: it is not JSON"));
  EXPECT_THAT(second("{\"question\":\"b\"}"),
              HasSubstr("no `positive_ctxs`, as the first one has"));
  EXPECT_THAT(second(Item("  ")), HasSubstr("F, line 2: the question is empty"));
  EXPECT_THAT(second("{\"positive_ctxs\":[]}"), HasSubstr("has no `question`"));
  EXPECT_THAT(second("{\"question\":7,\"positive_ctxs\":[]}"), HasSubstr("is not a text"));
  EXPECT_THAT(second(Item("b", "[{}]")), HasSubstr("a passage in `positive_ctxs` has no `text`"));
  EXPECT_THAT(second(Item("b", "[7]")), HasSubstr("`positive_ctxs` is not a text"));
  EXPECT_THAT(second(Item("b", R"([{"text":"t","title":1}])")), HasSubstr("`title` is not a text"));
  EXPECT_THAT(second(Item("b", R"([{"text":"t","score":"x"}])")),
              HasSubstr("`score` is not a num"));
  EXPECT_THAT(second(Item("b", R"([{"text":"t","passage_id":1.5}])")), HasSubstr("an id"));
  EXPECT_THAT(second(Item("b", R"([{"text":"t","text":"u"}])")),
              HasSubstr("`text` is given twice"));
  EXPECT_THAT(second(R"({"question":"b","question":"c","positive_ctxs":[]})"), HasSubstr("twice"));
  EXPECT_THAT(second(Item("\xff")), HasSubstr("not valid UTF-8"));
}

TEST(TrainingSet, RefusesWhatHoldsNothingToLearnFrom) {
  EXPECT_THAT(Refused(""), HasSubstr("empty"));
  EXPECT_THAT(Refused(" \n"), HasSubstr("empty"));
  EXPECT_THAT(Refused("[]"), HasSubstr("holds no examples"));
  EXPECT_THAT(Refused(Item("a", "[]") + "\n" + Item("b", "null")),
              HasSubstr("none of its 2 examples has a positive passage"));
  EXPECT_THAT(Refused("anchor,positive\n"), HasSubstr("holds no examples"));
  EXPECT_THAT(Refused(std::string("\xff\xfe[", 3) + std::string(1, '\0')), HasSubstr("UTF-16"));
}

TEST(TrainingSet, NamesLayoutsThatItDoesNotKnow) {
  const auto refused = [](const std::string& text) {
    return Refused(text, ErrorCode::kUnsupported);
  };
  EXPECT_THAT(refused("id\ttext\ttitle\n"), HasSubstr("no format of training examples"));
  EXPECT_THAT(refused(R"({"_id":"1","text":"x"})"), HasSubstr("`_id`, `text` show no layout"));
  EXPECT_THAT(refused("[{}]"), HasSubstr("the example is empty"));
  EXPECT_THAT(refused("anchor,positive,label\na,b,1\n"), HasSubstr("labels"));
  EXPECT_THAT(refused(R"({"anchor":"a","positive":"b","label":0})"), HasSubstr("label"));
  EXPECT_THAT(refused("just text"), HasSubstr("no format"));
}

TEST(TrainingSet, ReadsColumnsWhereQuotedFieldsSpanLines) {
  const TrainingSet set = TrainingSet::Of(
      "\xef\xbb\xbfquery,note,positive,negative\r\n\"a\r\nb\",x,p,\r\n\r\nc,,\"\",n\nd,,\"q\"\"q\","
      "n",
      "F");
  ASSERT_EQ(set.size(), 2);
  EXPECT_EQ(set.Read(0).question.text, "a\r\nb");
  EXPECT_TRUE(set.Read(0).hard_negatives.empty());
  EXPECT_EQ(set.Where(0), "F, line 2");
  EXPECT_EQ(set.Read(1).positives[0].text, "q\"q");
  EXPECT_EQ(set.Where(1), "F, line 6");
  EXPECT_EQ(set.counts().without_positives, 1);
}

TEST(TrainingSet, NamesTheLineOfMalformedColumns) {
  const std::string header = "anchor\tpositive\n";
  EXPECT_THAT(Refused(header + "a\tb\nc\n"), StartsWith("F, line 3: the line has 1 columns"));
  EXPECT_THAT(Refused(header + "a\t\"b\nc\n"), StartsWith("F, line 2: a quote that opens"));
  EXPECT_THAT(Refused(header + "a\t\"b\nc\"d\n"), StartsWith("F, line 2: a quoted field"));
  EXPECT_THAT(Refused(header + "\tb\n"), StartsWith("F, line 2: the question is empty"));
  EXPECT_THAT(Refused(header + "a\t\xff\n"), StartsWith("F, line 2: the text is not valid UTF-8"));
  EXPECT_THAT(Refused("anchor,query,positive\na,b,c\n"), HasSubstr("more than one column"));
}

TEST(TrainingSet, RefusesMalformedSquad) {
  const auto squad = [](const std::string& article) {
    return Refused("{\"data\":[" + article + "]}");
  };
  EXPECT_THAT(squad("{}"), HasSubstr("has no `paragraphs`"));
  EXPECT_THAT(squad(R"({"paragraphs":[{"qas":[]}]})"), HasSubstr("has no `context`"));
  EXPECT_THAT(squad(R"({"paragraphs":[{"context":"c","context":"d"}]})"), HasSubstr("twice"));
  EXPECT_THAT(squad(R"({"title":7,"paragraphs":[]})"), HasSubstr("`title` before here"));
  EXPECT_THAT(squad(R"({"title":"T","paragraphs":[{"context":"c","qas":[{"id":1}]}]})"),
              HasSubstr("F, example 1 (T, paragraph 1): the question has no `question`"));
  EXPECT_THAT(squad(R"({"paragraphs":[{"context":7,"qas":[{"question":"q"}]}]})"),
              HasSubstr("`context` of the paragraph is not a text"));
  EXPECT_THAT(Refused(R"({"data":[{"paragraphs":[]}],"data":[]})"), HasSubstr("twice"));
  EXPECT_THAT(Refused(R"({"data":[{"paragraphs":[]}]} x)"), HasSubstr("more follows"));
  EXPECT_THAT(Refused(R"({"data":[{"paragraphs":[)"), HasSubstr("ends"));
}

TEST(TrainingSet, GivesSquadsParagraphsTheIdsThatTheirPassagesHave) {
  const Path file = testing::TestData() / "data" / "training" / "squad.json";
  std::set<std::string> passages, positives;
  Passage passage;
  const auto reader = OpenSource(ListSources({file}).at(0), {});
  while (reader->Next(passage)) passages.insert(passage.id + "|" + passage.title + passage.text);
  NoProgress progress;
  const TrainingSet set = TrainingSet::Open(file, progress);
  for (int64_t i = 0; i < set.size(); ++i) {
    const TrainingPassage positive = set.Read(i).positives.at(0);
    positives.insert(positive.id + "|" + positive.title + positive.text);
  }
  EXPECT_EQ(positives, passages);
}

class TevatronWithIds : public ::testing::Test {
 protected:
  std::string Opened(const std::string& corpus, const std::string& examples) {
    TrainingSetOptions options;
    options.corpus = folder_.Write("corpus.jsonl", corpus);
    try {
      return TrainingSet::Of(examples, "F", options).Read(0).positives.at(0).text;
    } catch (const Error& error) {
      return error.what();
    }
  }

  testing::TemporaryFolder folder_;
  const std::string example_ = R"({"query_text":"q","positive_document_ids":[7]})";
};

TEST_F(TevatronWithIds, FindsPassagesByTheirIds) {
  EXPECT_EQ(Opened("{\"docid\":\"6\",\"text\":\"x\"}\n\n{\"docid\":7,\"text\":\"y\"}", example_),
            "y");
}

TEST_F(TevatronWithIds, NeedsACorpusThatHasThem) {
  EXPECT_THAT(Refused(example_), HasSubstr("only name their passages by id"));
  EXPECT_THAT(Opened("{\"docid\":\"6\",\"text\":\"x\"}", example_),
              HasSubstr("F, line 1: the passage `7` is not in"));
  const std::string passage = "{\"docid\":\"7\",\"text\":\"x\"}\n";
  EXPECT_THAT(Opened(passage + passage, example_), HasSubstr("the id `7` was there before"));
  EXPECT_THAT(Opened(passage + "{\"text\":\"x\"}", example_),
              HasSubstr("line 2: the passage has no"));
  EXPECT_THAT(Opened(passage + "[]", example_), HasSubstr("line 2: the line is JSON, but not"));
}

unsigned Below(unsigned bound, std::mt19937& random) {
  return static_cast<unsigned>(random() % bound);
}

// Texts full of what formats treat specially.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "a", "B", " ", "\"", "\\", "\n", "\t", ",", "{", "]", "\u00e9", "\u4e2d", "\U0001f600", "'"};
  std::string text = "x";
  for (unsigned n = Below(12, random); n > 0; --n) text += kPieces[Below(14, random)];
  return text;
}

TrainingExample RandomExample(std::mt19937& random, int number) {
  TrainingExample example;
  example.question = {"q" + std::to_string(number), RandomText(random), {RandomText(random)}};
  const auto fill = [&](std::vector<TrainingPassage>& list, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      list.push_back({std::to_string(random()), RandomText(random), RandomText(random),
                      0.25 * Below(999, random), 1, Below(9, random), "bm25"});
    }
  };
  fill(example.positives, Below(3, random));
  fill(example.hard_negatives, Below(4, random));
  fill(example.negatives, Below(3, random));
  return example;
}

// What was written is read back, as lines and as an array, in any order and by many threads at
// once.
TEST(TrainingSetProperty, ReadsBackWhatIsWritten) {
  std::mt19937 random(1);
  for (const int count : {1, 2, 63, 64, 65, 200}) {
    std::vector<std::string> kept;
    std::string lines, array = "[";
    for (int i = 0; i < count; ++i) {
      const TrainingExample example = RandomExample(random, i);
      const std::string json = TrainingExampleJson(example);
      if (!example.positives.empty()) kept.push_back(json);
      lines += json + (i % 3 == 0 ? "\r\n" : "\n");
      array += (i == 0 ? " " : " ,\n") + json;
    }
    if (kept.empty()) continue;
    for (const std::string& text : {lines, array + "]"}) {
      const TrainingSet set = TrainingSet::Of(text, "F");
      ASSERT_EQ(set.size(), static_cast<int64_t>(kept.size()));
      EXPECT_EQ(set.counts().examples, count);
      std::vector<std::string> found(kept.size());
      ParallelFor(set.size(), 1, [&](int64_t i) {
        const int64_t index = set.size() - 1 - i;
        found[static_cast<size_t>(index)] = TrainingExampleJson(set.Read(index));
      });
      EXPECT_EQ(found, kept);
    }
  }
}

TEST(PassageKey, RecognisesAPassageWhateverItsIdIs) {
  const TrainingPassage passage{"1", "The Title", "Some text.", 5, 0, 0, "bm25"};
  const TrainingPassage same{"2", " the  title\n", "some\tTEXT. ", 7, 1, 3, ""};
  EXPECT_EQ(PassageKey(passage), PassageKey(same));
  for (const auto& [title, text] :
       std::vector<std::pair<std::string, std::string>>{{"The Title", "Some text"},
                                                        {"The Title Some", "text."},
                                                        {"", "The Title Some text."},
                                                        {"TheTitle", "Some text."},
                                                        {"Some text.", "The Title"},
                                                        {"The T\u00eftle", "Some text."}}) {
    TrainingPassage other = passage;
    other.title = title;
    other.text = text;
    EXPECT_NE(PassageKey(passage), PassageKey(other)) << title << "|" << text;
  }
}

}  // namespace
}  // namespace dpr
