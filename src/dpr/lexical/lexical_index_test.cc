#include "dpr/lexical/lexical_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/lexical/lexical_builder.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

const AnalyzerSettings kWords = {"none"};

// Databases of texts cut into segments, open for search.
class Built {
 public:
  explicit Built(const std::vector<std::vector<std::string>>& segments,
                 const AnalyzerSettings& settings = kWords) {
    files_.reserve(segments.size());
    int64_t first_row = 0;
    for (const std::vector<std::string>& texts : segments) {
      const Path path = folder_.path() / std::to_string(files_.size());
      LexicalBuilder builder(path, settings);
      for (const std::string& text : texts) builder.Add("", text);
      builder.Finish();
      files_.push_back(File::OpenForReading(path));
      const auto rows = static_cast<int64_t>(texts.size());
      segments_.push_back({&files_.back(), first_row, rows});
      first_row += rows;
    }
  }

  LexicalIndex Open(std::span<const uint64_t> deleted = {}) const {
    return LexicalIndex(segments_, deleted);
  }
  const Path& folder() const { return folder_.path(); }

 private:
  testing::TemporaryFolder folder_;
  std::vector<File> files_;
  std::vector<LexicalSegment> segments_;
};

// The slow twin: every passage scored by the formula as it stands in bm25.h, over terms between
// single spaces.
class NaiveBm25 {
 public:
  explicit NaiveBm25(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      passages_.push_back(Count(text));
      for (const auto& [term, count] : passages_.back()) {
        total_ += count;
        ++containing_[term];
      }
    }
  }

  double Score(const std::string& question, size_t row, const Bm25Parameters& p) const {
    const double passages = static_cast<double>(passages_.size());
    double length = 0, sum = 0;
    for (const auto& [term, count] : passages_[row]) length += count;
    for (const auto& [term, count] : Count(question)) {
      const auto found = passages_[row].find(term);
      if (found == passages_[row].end()) continue;
      const double n = containing_.at(term), f = found->second;
      const double idf = std::log(1 + (passages - n + 0.5) / (n + 0.5));
      sum += count * idf * f / (f + p.k1 * (1 - p.b + p.b * length / (total_ / passages)));
    }
    return sum;
  }

 private:
  static std::map<std::string, int> Count(const std::string& text) {
    std::map<std::string, int> counts;
    std::istringstream in(text);
    for (std::string word; in >> word;) ++counts[word];
    return counts;
  }
  std::vector<std::map<std::string, int>> passages_;
  std::map<std::string, int> containing_;
  double total_ = 0;
};

// Words drawn so that some are in nearly every text and some in one.
std::string RandomText(const CounterRandom& random, uint64_t& counter, int most) {
  const int words = static_cast<int>(random.Uniform(counter++) * (most + 1));
  std::string text;
  for (int i = 0; i < words; ++i) {
    const double u = random.Uniform(counter++);
    text += (text.empty() ? "w" : " w") + std::to_string(static_cast<int>(200 * u * u * u));
  }
  return text;
}

std::vector<std::vector<std::string>> Cut(const std::vector<std::string>& texts, size_t parts) {
  std::vector<std::vector<std::string>> segments(parts);
  for (size_t i = 0; i < texts.size(); ++i) segments[i * parts / texts.size()].push_back(texts[i]);
  return segments;
}

TEST(LexicalIndex, IsTheFormulaOverSegmentsAndDeletes) {
  const CounterRandom random(7, 0);
  uint64_t counter = 0;
  for (const size_t parts : {1, 2, 5}) {
    std::vector<std::string> texts;
    for (int i = 0; i < 600; ++i) texts.push_back(RandomText(random, counter, 40));
    const Built built(Cut(texts, parts));
    const NaiveBm25 naive(texts);
    std::vector<uint64_t> deleted(texts.size() / 64 + 1);
    for (size_t row = 0; row < texts.size(); row += 3) {
      if (parts > 1) deleted[row / 64] |= uint64_t{1} << (row % 64);
    }
    const LexicalIndex index = built.Open(deleted);
    EXPECT_EQ(index.statistics().passages, 600);
    for (const Bm25Parameters parameters : {Bm25Parameters{}, {1.2, 0.75}, {0, 0}, {2, 1}}) {
      std::vector<std::string> questions;
      for (int i = 0; i < 30; ++i) questions.push_back(RandomText(random, counter, 8) + " w0 w1");
      const auto found = index.Search(questions, 50, parameters);
      for (size_t q = 0; q < questions.size(); ++q) {
        std::vector<ScoredRow> expected;
        for (size_t row = 0; row < texts.size(); ++row) {
          const double score = naive.Score(questions[q], row, parameters);
          if (score > 0 && !IsDeleted(deleted, static_cast<int64_t>(row))) {
            expected.push_back({static_cast<float>(score), static_cast<int64_t>(row)});
          }
        }
        std::sort(expected.begin(), expected.end(), RanksBefore);
        if (expected.size() > 50) expected.resize(50);
        ASSERT_EQ(found[q].size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) {
          // Doubles summed in another order, then rounded to a float.
          ASSERT_NEAR(found[q][i].score, expected[i].score, 2e-6f * expected[i].score);
          const double again =
              naive.Score(questions[q], static_cast<size_t>(found[q][i].row), parameters);
          ASSERT_NEAR(found[q][i].score, again, 2e-6 * again) << "the row is the one scored";
        }
      }
    }
  }
}

TEST(LexicalIndex, AFilterLeavesTheRestAsTheyAreToTheBit) {
  const CounterRandom random(9, 0);
  uint64_t counter = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back(RandomText(random, counter, 40));
  std::vector<std::string> questions;
  for (int i = 0; i < 40; ++i) questions.push_back(RandomText(random, counter, 9) + " w0 w1");
  const Built built(Cut(texts, 3));
  const LexicalIndex index = built.Open();
  const auto all = index.Search(questions, 3000, {});
  for (const double selectivity : {1.0, 0.9, 0.1, 0.01, 0.0004, 0.0}) {
    std::vector<uint64_t> excluded(texts.size() / 64 + 1);
    for (size_t row = 0; row < texts.size(); ++row) {
      excluded[row / 64] |= uint64_t{random.Uniform(counter++) >= selectivity} << (row % 64);
    }
    for (const int64_t k : {1, 10, 3000}) {
      const auto found = index.Search(questions, k, {}, excluded);
      for (size_t q = 0; q < questions.size(); ++q) {
        std::vector<ScoredRow> expected = all[q];
        std::erase_if(expected, [&](const ScoredRow& r) { return IsDeleted(excluded, r.row); });
        if (static_cast<int64_t>(expected.size()) > k) expected.resize(static_cast<size_t>(k));
        const auto same = [](auto& a, auto& b) { return a.row == b.row && a.score == b.score; };
        ASSERT_TRUE(std::ranges::equal(found[q], expected, same)) << selectivity << " " << k;
      }
    }
  }
}

TEST(LexicalIndex, ScoresAnyRowsAsSearchDoes) {
  const CounterRandom random(8, 0);
  uint64_t counter = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back(RandomText(random, counter, 30));
  const Built built(Cut(texts, 3));
  const LexicalIndex index = built.Open();
  const std::string question = "w0 w3 w3 w40 nowhere";
  const std::vector<ScoredRow> found = index.Search({&question, 1}, 300, {})[0];
  std::vector<int64_t> all;
  for (int64_t row = 0; row < 300; ++row) all.push_back(row);
  const std::vector<float> scores = index.Score(question, all, {});
  std::set<int64_t> found_rows;
  for (const ScoredRow& hit : found) {
    EXPECT_FLOAT_EQ(scores[static_cast<size_t>(hit.row)], hit.score);
    found_rows.insert(hit.row);
  }
  for (const int64_t row : all) {
    if (found_rows.contains(row)) continue;
    EXPECT_EQ(scores[static_cast<size_t>(row)], 0);
  }
  EXPECT_THAT(index.Score(question, {}, {}), IsEmpty());
}

TEST(LexicalIndex, TiesGoByRowAcrossSegments) {
  const std::vector<std::string> same(40, "apple pie");
  const Built built(Cut(same, 4));
  const std::string question = "apple";
  const auto found = built.Open().Search({&question, 1}, 25, {})[0];
  ASSERT_THAT(found, SizeIs(25));
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].row, static_cast<int64_t>(i));
}

TEST(LexicalIndex, TitleAndTextAreOneField) {
  const testing::TemporaryFolder folder;
  LexicalBuilder builder(folder.path() / "db", {});
  builder.Add("Mirrors of Debian", "A server holds copies.");
  builder.Add("", "Nothing about it.");
  builder.Finish();
  const File file = File::OpenForReading(folder.path() / "db");
  const LexicalIndex index({{&file, 0, 2}}, {});
  const std::vector<std::string> questions = {"mirror", "copy mirrors", "unknown", "the of and"};
  const auto found = index.Search(questions, 10, {});
  EXPECT_THAT(found[0], SizeIs(1));
  EXPECT_THAT(found[1], SizeIs(1));
  EXPECT_THAT(found[2], IsEmpty());
  EXPECT_THAT(found[3], IsEmpty()) << "stop words alone";
  EXPECT_EQ(index.Lengths(0, 2), (std::vector<int64_t>{5, 2}));
}

TEST(LexicalIndex, EqualsTheGoldenScores) {
  const Json golden = Json::parse(std::ifstream(Path(DPR_TESTDATA) / "lexical/bm25.json"));
  for (const Json& run : golden.at("runs")) {
    const Built built({golden.at("passages").get<std::vector<std::string>>()},
                      {run.at("language").get<std::string>()});
    const LexicalIndex index = built.Open();
    const Bm25Parameters parameters = {run.at("k1"), run.at("b")};
    std::vector<int64_t> all;
    for (int64_t row = 0; row < index.statistics().passages; ++row) all.push_back(row);
    for (const Json& question : run.at("questions")) {
      const std::vector<float> scores =
          index.Score(question.at("question").get<std::string>(), all, parameters);
      const std::vector<double> expected = question.at("scores");
      ASSERT_EQ(scores.size(), expected.size());
      for (size_t i = 0; i < scores.size(); ++i) {
        // The golden is in double, ours is rounded to a float at the end.
        EXPECT_NEAR(scores[i], expected[i], 1e-6 * std::max(1.0, expected[i]))
            << run.at("language") << ", " << question.at("question") << ", passage " << i;
      }
    }
  }
}

TEST(LexicalIndex, SearchesWhatWasRemovedSinceAndOnManyThreads) {
  const std::vector<std::vector<std::string>> texts = {{"apple pie", "pear pie"}, {"apple tree"}};
  const Built built(texts);
  const LexicalIndex index = built.Open();
  std::filesystem::remove_all(built.folder());
  const std::string question = "apple";
  std::vector<std::thread> threads;
  std::vector<size_t> sizes(4);
  for (size_t t = 0; t < sizes.size(); ++t) {
    threads.emplace_back([&, t] { sizes[t] = index.Search({&question, 1}, 10, {})[0].size(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(sizes, ::testing::Each(2u));
}

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// Takes the limit of this process down while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(size_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lower = before_;
    lower.rlim_cur = most;
    ::setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(LexicalIndex, DescriptorsDoNotGrowWithThreadsTimesSegments) {
  constexpr size_t kSegments = 90, kThreads = 6;
  const Built built(std::vector<std::vector<std::string>>(kSegments, {"apple pie", "pear pie"}));
  const size_t before = OpenDescriptors();
  const LexicalIndex index = built.Open();
  const DescriptorLimit limit(before + 80);
  const std::vector<std::string> questions(20, "apple");
  std::vector<std::thread> threads;
  std::vector<size_t> found(kThreads);
  std::vector<std::string> errors(kThreads);
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (const auto& hits : index.Search(questions, 1000, {})) found[t] += hits.size();
      } catch (const Error& error) {
        errors[t] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(errors, ::testing::Each(IsEmpty()));
  EXPECT_THAT(found, ::testing::Each(kSegments * questions.size()));
  EXPECT_GT(OpenDescriptors(), before) << "they are kept open for the next question";
}

TEST(LexicalIndex, ADamagedFileIsSaid) {
  const testing::TemporaryFolder folder;
  for (const std::string& content :
       {std::string(), std::string("not a database"), std::string(9000, '\0')}) {
    const File file = File::OpenForReading(folder.Write("db", content));
    try {
      const LexicalIndex index({{&file, 0, 1}}, {});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
      EXPECT_THAT(error.where(), HasSubstr("db"));
    }
  }
}

// The root of a database is read when it is opened, its other blocks when they are needed.
TEST(LexicalIndex, ADamagedBlockIsSaidWhenItIsRead) {
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back("apple w" + std::to_string(i));
  const Built built({texts});
  const Path path = built.folder() / "0";
  const std::string whole = ReadFile(path);
  const auto bytes = [&](size_t kept, char fill) {
    return whole.substr(0, kept) + std::string(whole.size() - kept, fill);
  };
  size_t refused = 0;
  for (const std::string& content :
       {whole.substr(0, 16384), bytes(16384, '\0'), bytes(16384, 'x')}) {
    WriteFileAtomically(path, content);
    const File file = File::OpenForReading(path);
    try {
      const LexicalIndex index({{&file, 0, 3000}}, {});
      for (int i = 0; i < 3000; i += 100) {
        const std::string question = "w" + std::to_string(i);
        index.Search({&question, 1}, 10, {});
      }
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
      EXPECT_EQ(error.where(), path.string());
      EXPECT_THAT(error.hint(), HasSubstr("Restore it from a copy"));
    }
  }
  EXPECT_EQ(refused, 3u);
}

TEST(LexicalIndex, SegmentsOfTwoLanguagesAreRefused) {
  const testing::TemporaryFolder folder;
  for (const char* language : {"english", "german"}) {
    LexicalBuilder builder(folder.path() / language, {language});
    builder.Add("", "text");
    builder.Finish();
  }
  const File english = File::OpenForReading(folder.path() / "english");
  const File german = File::OpenForReading(folder.path() / "german");
  EXPECT_THROW(LexicalIndex({{&english, 0, 1}, {&german, 1, 1}}, {}), Error);
}

TEST(LexicalBuilder, LeavesNothingWithoutFinish) {
  const testing::TemporaryFolder folder;
  {
    LexicalBuilder builder(folder.path() / "db", {});
    builder.Add("", "text");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(LexicalSettingsOf(folder.path() / "db"), std::nullopt);
}

TEST(LexicalBuilder, BeginsAnewAfterAKillAndKeepsItsSettings) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "db.building");
  folder.Write("db.building/postlist.glass", "left by a process that was killed");
  LexicalBuilder builder(folder.path() / "db", {"german"});
  builder.Add("", "text");
  builder.Finish();
  EXPECT_EQ(LexicalSettingsOf(folder.path() / "db"), AnalyzerSettings{"german"});
}

}  // namespace
}  // namespace dpr
