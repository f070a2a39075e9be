// Mining over a small collection of BM25 alone, and with an encoder's files from testdata.
#include "dpr/retrieval/mining.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <set>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/training_json.h"
#include "dpr/retrieval/mining_file.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::json;

// Texts about sixty towers and their masons; a copy of one without the mason, and a trap: another
// passage with his name.
std::string TowerLines() {
  std::string lines;
  const auto add = [&](const std::string& id, const std::string& text) {
    lines += Json({{"id", id}, {"title", "Towers"}, {"text", text}}).dump() + "\n";
  };
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    std::string own;  // words that no other tower's text has, so that they are no near-duplicates
    for (const char* word : {"red", "old", "tall", "odd", "grey", "thin", "wide", "low"}) {
      own += std::string(" ") + word + n;
    }
    add("t" + n, "The tower number n" + n + " was built by Mason" + n + ":" + own + ".");
  }
  add("copy7",
      "Tower number n7 was built by a mason: red7 old7 tall7 odd7 grey7 thin7 wide7 low7.");
  add("trap7", "Another tower, number n7 too, is known; Mason7 never saw this tower.");
  return lines;
}

class MiningTest : public ::testing::Test {
 protected:
  void SetUp() override {
    NoProgress progress;
    IndexOptions options;
    options.lexical = LexicalRecord();
    options.segment_passages = 25;
    const Path source = folder_.Write("towers.jsonl", TowerLines());
    IndexPassages(collection(), ListSources({source}), nullptr, options, progress);
  }
  Path collection() const { return folder_.path() / "c.dpr"; }
  static MiningQuestion About(int i) {
    const std::string n = std::to_string(i);
    return {{"q" + n, "Who built the tower number n" + n + "?", {"Mason" + n}}, {}};
  }

  testing::TemporaryFolder folder_;
};

std::vector<std::string> Ids(const std::vector<TrainingPassage>& passages) {
  std::vector<std::string> ids;
  for (const TrainingPassage& passage : passages) ids.push_back(passage.id);
  return ids;
}

TEST_F(MiningTest, ThePositiveHoldsTheAnswerAndNegativesDoNot) {
  const Searcher searcher = Searcher::Open(collection());
  Miner miner(searcher, {});
  MiningCounts counts;
  const std::vector<MiningQuestion> questions = {About(7)};
  const std::vector<TrainingExample> examples = miner.Mine(questions, 0, counts);
  ASSERT_THAT(examples, SizeIs(1));
  const TrainingExample& example = examples[0];
  ASSERT_THAT(example.positives, SizeIs(1));
  EXPECT_THAT(example.positives[0].text, HasSubstr("Mason7"));
  EXPECT_GT(example.positives[0].score, 0);
  EXPECT_GE(example.positives[0].rank, 1);
  EXPECT_THAT(example.hard_negatives, SizeIs(30));
  for (const TrainingPassage& negative : example.hard_negatives) {
    EXPECT_THAT(negative.text, Not(HasSubstr("Mason7"))) << negative.id;
    EXPECT_EQ(negative.kind, "bm25");
  }
  EXPECT_EQ(counts.examples, 1);
  EXPECT_GE(counts.answers_dropped + counts.near_duplicates_dropped, 1);
}

TEST_F(MiningTest, NearDuplicatesOfThePositiveAreNoNegatives) {
  const Searcher searcher = Searcher::Open(collection());
  MiningQuestion question = About(7);
  question.gold_ids = {"t7"};
  MiningOptions options;
  options.per_question = 60;
  Miner miner(searcher, options);
  MiningCounts counts;
  const auto examples = miner.Mine({&question, 1}, 0, counts);
  ASSERT_THAT(examples, SizeIs(1));
  EXPECT_THAT(Ids(examples[0].positives), ElementsAre("t7"));
  EXPECT_EQ(examples[0].positives[0].title_score, 1);
  EXPECT_THAT(Ids(examples[0].hard_negatives), Not(Contains("copy7")));
  EXPECT_THAT(Ids(examples[0].hard_negatives), Not(Contains("trap7")));
  EXPECT_THAT(Ids(examples[0].hard_negatives), Not(Contains("t7")));
}

TEST_F(MiningTest, PassagesWithoutTextAreComparedByTitle) {
  std::string lines;
  for (const char* title : {"a search tree", "binary search", "search of files", "a search tree"}) {
    lines += Json({{"id", std::to_string(lines.size())}, {"title", title}, {"text", ""}}).dump();
    lines += "\n";
  }
  NoProgress progress;
  IndexOptions index;
  index.lexical = LexicalRecord();
  const Path titles = folder_.path() / "titles.dpr";
  IndexPassages(titles, ListSources({folder_.Write("titles.jsonl", lines)}), nullptr, index,
                progress);
  const MiningQuestion question = {{"q", "search", {}}, {"0"}};
  const Searcher searcher = Searcher::Open(titles);
  Miner miner(searcher, {});
  MiningCounts counts;
  const auto examples = miner.Mine({&question, 1}, 0, counts);
  std::vector<std::string> found;
  for (const TrainingPassage& p : examples.at(0).hard_negatives) found.push_back(p.title);
  EXPECT_THAT(found, UnorderedElementsAre("binary search", "search of files"));
  EXPECT_EQ(counts.near_duplicates_dropped, 1);
}

TEST_F(MiningTest, QuestionsWithoutAPositiveAreCountedAndLeftOut) {
  const Searcher searcher = Searcher::Open(collection());
  MiningQuestion unknown = About(3), tiny = About(3), lost = About(3);
  unknown.question.answers = {"Nobody Known"};
  tiny.question.answers = {"of", ""};
  lost.gold_ids = {"nowhere"};
  const std::vector<MiningQuestion> questions = {unknown, tiny, lost, About(4)};
  Miner miner(searcher, {});
  MiningCounts counts;
  EXPECT_THAT(miner.Mine(questions, 0, counts), SizeIs(1));
  EXPECT_EQ(counts.questions, 4);
  EXPECT_EQ(counts.without_positive, 1);
  EXPECT_EQ(counts.short_answers, 1);
  EXPECT_EQ(counts.missing_gold, 1);
}

TEST_F(MiningTest, AnAnswerThatIsNoRegularExpressionMatchesNothing) {
  const Searcher searcher = Searcher::Open(collection());
  MiningOptions options;
  options.match = MatchMode::kRegex;
  MiningQuestion bad = About(3), half = About(4);
  bad.question.answers = {"(unclosed"};
  half.question.answers = {"(unclosed", "Mason4\\b"};
  Miner miner(searcher, options);
  MiningCounts counts;
  const auto examples = miner.Mine(std::vector<MiningQuestion>{bad, half}, 0, counts);
  ASSERT_THAT(examples, SizeIs(1));
  EXPECT_EQ(examples[0].question.id, "q4");
  EXPECT_EQ(counts.without_positive, 1);
}

TEST_F(MiningTest, AnExpressionThatTakesTooLongIsCounted) {
  const Searcher searcher = Searcher::Open(collection());
  MiningOptions options;
  options.match = MatchMode::kRegex;
  MiningQuestion question = About(3);
  question.question.answers = {"((((\\w|\\s|:)+)+)+)+~", "Mason3"};
  Miner miner(searcher, options);
  MiningCounts counts;
  EXPECT_THAT(miner.Mine({&question, 1}, 0, counts), SizeIs(1));
  EXPECT_EQ(counts.slow_answers, 1);
}

TEST_F(MiningTest, SampledNegativesAreDeterministicAndDifferByQuestionAndSeed) {
  const Searcher searcher = Searcher::Open(collection());
  MiningOptions options;
  options.kinds = {NegativeKind::kRandom, NegativeKind::kGold};
  options.per_question = 5;
  std::vector<MiningQuestion> questions;
  for (int i = 10; i < 30; ++i) questions.push_back(About(i));
  const auto mine = [&](uint64_t seed) {
    options.seed = seed;
    Miner miner(searcher, options);
    MiningCounts counts;
    std::string lines;
    for (const TrainingExample& example : miner.Mine(questions, 0, counts)) {
      EXPECT_THAT(example.negatives, SizeIs(10));
      lines += TrainingExampleJson(example) + "\n";
      const std::vector<std::string> ids = Ids(example.negatives);
      EXPECT_THAT(std::set<std::string>(ids.begin(), ids.end()), SizeIs(10)) << "no one twice";
      EXPECT_THAT(ids, Not(Contains(example.positives[0].id)));
    }
    return lines;
  };
  EXPECT_EQ(mine(1), mine(1));
  EXPECT_NE(mine(1), mine(2));
}

TEST_F(MiningTest, TheMarginDropsWhatScoresAboveThePositive) {
  const Searcher searcher = Searcher::Open(collection());
  MiningQuestion question = About(5);
  question.gold_ids = {"t40"};  // BM25 ranks t5 far above it
  MiningOptions options;
  options.margin = 0;
  Miner miner(searcher, options);
  MiningCounts counts;
  const auto examples = miner.Mine({&question, 1}, 0, counts);
  EXPECT_GE(counts.margin_dropped, 1);
  const std::vector<int64_t> row = {*searcher.collection().FindRow("t40")};
  const float most = searcher.Score(SearchMode::kBm25, question.question.text, row)[0];
  for (const TrainingPassage& negative : examples.at(0).hard_negatives) {
    EXPECT_LE(negative.score, most);
  }
}

TEST_F(MiningTest, WhatTheCollectionCannotGiveIsRefused) {
  const Collection collection = Collection::Open(this->collection());
  MiningOptions options;
  EXPECT_EQ(MiningMode(collection, options, false), SearchMode::kBm25);
  options.kinds = {NegativeKind::kDense};
  try {
    MiningMode(collection, options, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    EXPECT_THAT(error.hint(), HasSubstr("--model"));
  }
  options.kinds = {NegativeKind::kRandom, NegativeKind::kBm25, NegativeKind::kRandom};
  EXPECT_THROW(MiningMode(collection, options, false), Error) << "a kind twice";
  EXPECT_THROW(ParseNegativeKind("hard"), Error);
}

class MineFileTest : public MiningTest {
 protected:
  Path Questions(int count) const {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i % 60);
      lines += "who built tower number n" + n + " of row " + std::to_string(i) + "\t['Mason" + n +
               "']\n";
    }
    return folder_.Write("questions.qa.csv", lines);
  }
  MiningCounts Mine(const Path& out, const MiningOptions& options = {}) {
    return MineFile(Searcher::Open(collection()), {questions_, {}, out}, options, notes_);
  }
  // As a kill behind the first piece leaves it.
  void Interrupt(const Path& out, const MiningOptions& options) const {
    class Stop : public NoProgress {
     public:
      void Advance(uint64_t) override { throw std::runtime_error("stopped"); }
    } stop;
    EXPECT_THROW(MineFile(Searcher::Open(collection()), {questions_, {}, out}, options, stop),
                 std::runtime_error);
  }

  class Notes : public NoProgress {
   public:
    void Note(const std::string& text) override { texts.push_back(text); }
    std::vector<std::string> texts;
  } notes_;
  Path questions_ = Questions(700);  // three pieces
};

TEST_F(MineFileTest, AnInterruptedRunGoesOnToTheSameBytes) {
  MiningOptions options;
  options.kinds = {NegativeKind::kBm25, NegativeKind::kRandom, NegativeKind::kGold};
  options.per_question = 3;
  const Path whole = folder_.path() / "whole.jsonl", resumed = folder_.path() / "resumed.jsonl";
  const MiningCounts counts = Mine(whole, options);
  EXPECT_EQ(counts.examples, 700);
  const std::string expected = ReadFile(whole);
  // As a kill leaves it after the first piece, with half a line of the second.
  size_t bytes = 0;
  for (int i = 0; i < 256; ++i) bytes = expected.find('\n', bytes) + 1;
  Interrupt(resumed, options);
  const Path growing = resumed.string() + ".building";
  EXPECT_EQ(ReadFile(growing), expected.substr(0, bytes));
  File::OpenForAppending(growing).Write("{\"question\": \"torn");
  const MiningCounts again = Mine(resumed, options);
  EXPECT_EQ(ReadFile(resumed), expected);
  EXPECT_EQ(again.examples, counts.examples);
  EXPECT_EQ(again.few_negatives, counts.few_negatives);
  EXPECT_FALSE(std::filesystem::exists(growing));
  EXPECT_FALSE(std::filesystem::exists(growing.string() + ".json"));
}

TEST_F(MineFileTest, OtherSettingsBeginAnewAndSayWhatDiffers) {
  const Path out = folder_.path() / "out.jsonl", fresh = folder_.path() / "fresh.jsonl";
  MiningOptions options;
  Interrupt(out, options);
  options.depth = 90;
  options.seed = 7;
  EXPECT_EQ(Mine(out, options).questions, 700);
  EXPECT_THAT(notes_.texts,
              ElementsAre(AllOf(HasSubstr("begins anew"), HasSubstr(out.string()),
                                HasSubstr("--depth (100, now 90), --seed (0, now 7)"))));
  Mine(fresh, options);
  EXPECT_EQ(ReadFile(out), ReadFile(fresh));

  Interrupt(out, options);
  questions_ = Questions(300);
  EXPECT_EQ(Mine(out, options).questions, 300);
  EXPECT_THAT(notes_.texts.back(), HasSubstr("the questions"));
  EXPECT_THAT(notes_.texts.back(), Not(HasSubstr("#"))) << "a hash tells a user nothing";
}

TEST_F(MineFileTest, AProgressRecordThatIsNoneBeginsAnewAndSaysSo) {
  const Path out = folder_.path() / "out.jsonl";
  folder_.Write("out.jsonl.building", "left by another command");
  for (const char* record : {"", "[]", R"({"key":"of an older version","bytes":5})"}) {
    folder_.Write("out.jsonl.building.json", record);
    EXPECT_EQ(Mine(out).questions, 700);
    EXPECT_THAT(notes_.texts.back(), HasSubstr("begins anew")) << record;
    EXPECT_EQ(ReadFile(out).find("left by"), std::string::npos);
  }
}

TEST_F(MineFileTest, QuestionsFromAPipeAreRefused) {
  const Path pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const Path& unreadable : {pipe, Path("-")}) {
    questions_ = unreadable;
    try {
      Mine(folder_.path() / "out.jsonl");
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      EXPECT_THAT(error.problem(), HasSubstr("must be a file"));
    }
  }
}

TEST_F(MineFileTest, AllAnswersAreCheckedBeforeAnythingIsMined) {
  const Path out = folder_.path() / "out.jsonl";
  std::string lines = ReadFile(questions_);
  lines += "who built tower number n3?\t['(unclosed', 'Mason3']\n";
  questions_ = folder_.Write("questions.qa.csv", lines);
  MiningOptions options;
  options.match = MatchMode::kRegex;
  try {
    Mine(out, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    EXPECT_THAT(error.problem(), AllOf(HasSubstr("line 701"), HasSubstr("(unclosed")));
  }
  EXPECT_FALSE(std::filesystem::exists(out.string() + ".building"));
  options.bad_patterns = BadPatterns::kMatchNothing;
  EXPECT_EQ(Mine(out, options).examples, 701);
  EXPECT_THAT(notes_.texts, ElementsAre(HasSubstr("line 701")));
}

TEST_F(MineFileTest, WritesDprsKeys) {
  const Path out = folder_.path() / "out.jsonl";
  Mine(out);
  const std::string text = ReadFile(out);
  const Json first = Json::parse(text.substr(0, text.find('\n')));
  for (const char* key :
       {"question", "answers", "positive_ctxs", "negative_ctxs", "hard_negative_ctxs"}) {
    EXPECT_TRUE(first.contains(key)) << key;
  }
  for (const char* key : {"title", "text", "score", "title_score", "passage_id"}) {
    EXPECT_TRUE(first["hard_negative_ctxs"][0].contains(key)) << key;
  }
}

}  // namespace
}  // namespace dpr
