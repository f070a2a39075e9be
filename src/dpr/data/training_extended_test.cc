// Real training data: SQuAD's questions, all read.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <unordered_set>

#include "dpr/base/test_environment.h"
#include "dpr/data/passage_key.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/training_json.h"
#include "dpr/data/training_set.h"

namespace dpr {
namespace {

class ExtendedTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(testing::SharedData())) GTEST_SKIP() << "no real data is there";
  }
  static Path Squad(const char* part) {
    return testing::SharedData() / "squad" / (std::string(part) + "-v1.1.json.gz");
  }
};

// In bytes, from the system: what is resident and belongs to no file.
int64_t AnonymousMemory() {
  std::ifstream status("/proc/self/statm");
  int64_t pages = 0, resident = 0, shared = 0;
  status >> pages >> resident >> shared;
  return (resident - shared) * 4096;
}

TEST_F(ExtendedTraining, ReadsAllOfSquad) {
  NoProgress progress;
  for (const auto& [part, questions, paragraphs] :
       {std::tuple("train", 87599, 18896u), std::tuple("dev", 10570, 2067u)}) {
    const TrainingSet set = TrainingSet::Open(Squad(part), progress);
    EXPECT_EQ(set.size(), questions);
    std::unordered_set<std::string> ids, passages;
    for (int64_t i = 0; i < set.size(); ++i) {
      const TrainingExample example = set.Read(i);
      EXPECT_TRUE(ids.insert(example.question.id).second) << set.Where(i);
      const TrainingPassage& positive = example.positives.at(0);
      passages.insert(positive.id);
      for (const std::string& answer : example.question.answers) {
        EXPECT_NE(positive.text.find(answer), std::string::npos) << set.Where(i);
      }
    }
    // Every paragraph has a question, but few of them none.
    EXPECT_LE(passages.size(), paragraphs);
    EXPECT_GE(passages.size(), paragraphs - paragraphs / 100);
  }
}

TEST_F(ExtendedTraining, ParagraphsAreThePassagesOfTheSameFile) {
  std::unordered_set<std::string> passages;
  Passage passage;
  const auto reader = OpenSource(ListSources({Squad("train")}).at(0), {});
  while (reader->Next(passage)) passages.insert(passage.id + "\n" + passage.title + passage.text);
  NoProgress progress;
  const TrainingSet set = TrainingSet::Open(Squad("train"), progress);
  for (int64_t i = 0; i < set.size(); ++i) {
    const TrainingPassage positive = set.Read(i).positives.at(0);
    EXPECT_TRUE(passages.contains(positive.id + "\n" + positive.title + positive.text)) << i;
  }
}

// 300 MB of DPR's JSON, made of SQuAD: memory stays far below.
TEST_F(ExtendedTraining, KeepsSixteenBytesAnExampleInMemory) {
  constexpr int64_t kCopies = 3;
  NoProgress progress;
  const testing::TemporaryFolder folder;
  const Path file = folder.path() / "train.json";
  int64_t written = 0;
  {
    const TrainingSet squad = TrainingSet::Open(Squad("train"), progress);
    std::ofstream out(file);
    out << "[";
    for (int64_t copy = 0; copy < kCopies; ++copy) {
      for (int64_t i = 0; i < squad.size(); ++i, ++written) {
        out << (written == 0 ? "" : ",\n") << TrainingExampleJson(squad.Read(i));
      }
    }
    out << "]";
  }
  const int64_t before = AnonymousMemory();
  const TrainingSet set = TrainingSet::Open(file, progress);
  EXPECT_EQ(set.size(), written);
  for (int64_t i = 0; i < set.size(); i += 97) set.Read(set.size() - 1 - i);
  constexpr int64_t kRest = 24 << 20;  // parsers of each thread, the allocator's leftovers
  EXPECT_LT(AnonymousMemory() - before, written * 16 * 2 + kRest);
}

TEST_F(ExtendedTraining, PassageKeysOfDifferentParagraphsDiffer) {
  NoProgress progress;
  const TrainingSet set = TrainingSet::Open(Squad("train"), progress);
  std::unordered_set<std::string> passages;
  std::set<uint64_t> keys;
  for (int64_t i = 0; i < set.size(); ++i) {
    const TrainingPassage positive = set.Read(i).positives.at(0);
    passages.insert(positive.title + "\n" + positive.text);
    keys.insert(PassageKey(positive));
  }
  // Equal but for white space and case: a handful.
  EXPECT_LE(keys.size(), passages.size());
  EXPECT_GE(keys.size() + 20, passages.size());
}

}  // namespace
}  // namespace dpr
