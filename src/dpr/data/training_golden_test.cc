// Files in each format of training examples, and what Python says is in them
// (tools/goldens/training_data.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/data/training_set.h"

namespace dpr {
namespace {

using Json = nlohmann::json;

Json ToJson(const std::vector<TrainingPassage>& passages) {
  Json list = Json::array();
  for (const TrainingPassage& p : passages) list.push_back({p.id, p.title, p.text, p.score});
  return list;
}

Json ToJson(const TrainingExample& example) {
  return {{"id", example.question.id},
          {"question", example.question.text},
          {"answers", example.question.answers},
          {"positives", ToJson(example.positives)},
          {"hard_negatives", ToJson(example.hard_negatives)},
          {"negatives", ToJson(example.negatives)}};
}

Path Folder() { return testing::TestData() / "data" / "training"; }

struct Golden {
  std::string file, format;
};
void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.file; }

class GoldenTrainingSet : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenTrainingSet, HoldsWhatItsWriterPutIn) {
  const Path file = Folder() / GetParam().file;
  TrainingSetOptions options;
  if (file.filename() == "tevatron_ids.jsonl") options.corpus = Folder() / "tevatron_corpus.jsonl";
  NoProgress progress;
  const TrainingSet set = TrainingSet::Open(file, progress, options);
  EXPECT_EQ(set.format(), GetParam().format);
  const Json wanted = Json::parse(std::ifstream(Folder() / "expected.json"))[GetParam().file];
  ASSERT_EQ(set.size(), static_cast<int64_t>(wanted.size()));
  for (int64_t i = 0; i < set.size(); ++i) {
    Json found = ToJson(set.Read(i));
    EXPECT_EQ(found, wanted[static_cast<size_t>(i)]) << set.Where(i);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, GoldenTrainingSet,
                         ::testing::Values(Golden{"dpr.json", "DPR, JSON"},
                                           Golden{"dpr.json.gz", "DPR, JSON"},
                                           Golden{"dpr.json.xz", "DPR, JSON"},
                                           Golden{"dpr.json.zst", "DPR, JSON"},
                                           Golden{"dpr.jsonl", "DPR, JSONL"},
                                           Golden{"tevatron.jsonl", "Tevatron, JSONL"},
                                           Golden{"tevatron_ids.jsonl", "Tevatron with ids, JSONL"},
                                           Golden{"triplets.jsonl", "sentence-transformers, JSONL"},
                                           Golden{"lists.jsonl", "sentence-transformers, JSONL"},
                                           Golden{"pairs.json", "sentence-transformers, JSON"},
                                           Golden{"ntuples.csv", "sentence-transformers, CSV"},
                                           Golden{"pairs.tsv", "sentence-transformers, TSV"},
                                           Golden{"squad.json", "SQuAD"}),
                         [](const auto& param_info) {
                           std::string name = param_info.param.file;
                           for (char& c : name) {
                             if (c == '.') c = '_';
                           }
                           return name;
                         });

TEST(TrainingSetGoldens, HaveTheSameHashHoweverTheyAreCompressed) {
  NoProgress progress;
  const std::string hash = TrainingSet::Open(Folder() / "dpr.json", progress).content_hash();
  for (const char* name : {"dpr.json.gz", "dpr.json.xz", "dpr.json.zst"}) {
    EXPECT_EQ(TrainingSet::Open(Folder() / name, progress).content_hash(), hash) << name;
  }
  EXPECT_NE(TrainingSet::Open(Folder() / "dpr.jsonl", progress).content_hash(), hash);
}

TEST(TrainingSetGoldens, AreCounted) {
  NoProgress progress;
  const TrainingSetCounts counts = TrainingSet::Open(Folder() / "dpr.json", progress).counts();
  EXPECT_EQ(counts.examples, 12);
  EXPECT_EQ(counts.without_positives, 3);
  EXPECT_EQ(counts.positives, 18);
  EXPECT_EQ(counts.hard_negatives, 15);
  EXPECT_EQ(counts.negatives, 9);
  EXPECT_EQ(counts.without_hard_negatives, 3);
  EXPECT_EQ(counts.with_several_positives, 6);
}

}  // namespace
}  // namespace dpr
