// Real questions on real passages, decision by decision with the description of the reference in
// Python (tools/goldens/answer_match.py), which runs while the test does: DPR_PEERS_PYTHON names a
// Python that has `regex`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "dpr/base/stream.h"
#include "dpr/base/test_environment.h"
#include "dpr/text/answer_match.h"

namespace dpr {
namespace {

constexpr int kPassages = 150;

std::vector<MatchablePassage> Passages(const Path& wiki, MatchMode mode) {
  LineReader lines(OpenStream(wiki / "psgs_w100-aa.tsv.xz"));
  std::vector<MatchablePassage> passages;
  std::string_view line;
  lines.Next(line);  // the header
  for (int n = 0; passages.size() < kPassages && lines.Next(line); ++n) {
    if (n % 97 != 0) continue;
    const size_t text = line.find('\t') + 1;
    passages.emplace_back(line.substr(text, line.find('\t', text) - text), mode);
  }
  return passages;
}

void ExpectDecisionsOfTheReference(const char* questions, MatchMode mode) {
  const char* const python = std::getenv("DPR_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "DPR_PEERS_PYTHON is not set";
  const Path data = testing::SharedData();
  if (!std::filesystem::exists(data / "questions")) GTEST_SKIP() << "no questions in " << data;
  const testing::TemporaryFolder folder;
  const Path decisions = folder.path() / "decisions.tsv";
  const std::string command = fmt::format(
      "'{}' '{}/tools/goldens/answer_match.py' --questions '{}' '{}' {} {} '{}'", python,
      DPR_SOURCE_DIR, (data / "questions" / questions).string(), (data / "wiki").string(),
      kPassages, mode == MatchMode::kRegex ? "regex" : "string", decisions.string());
  ASSERT_EQ(std::system(command.c_str()), 0) << command;

  const std::vector<MatchablePassage> passages = Passages(data / "wiki", mode);
  LineReader expected(OpenStream(decisions));
  std::string_view line;
  int asked = 0, hits = 0;
  while (expected.Next(line)) {
    const size_t tab = line.find('\t');
    const auto answers = nlohmann::json::parse(line.substr(0, tab)).get<std::vector<std::string>>();
    const AnswerMatcher matcher(answers, mode);
    std::string made;
    for (const MatchablePassage& passage : passages) made += matcher.Matches(passage) ? '1' : '0';
    EXPECT_EQ(made, line.substr(tab + 1)) << line.substr(0, tab);
    EXPECT_TRUE(matcher.slow_patterns().empty()) << line.substr(0, tab);
    hits += static_cast<int>(std::count(made.begin(), made.end(), '1'));
    ++asked;
  }
  EXPECT_GT(asked, 1000);
  EXPECT_GT(hits, 1000);
}

TEST(ExtendedAnswerMatch, StringsOfNaturalQuestionsDecideAsTheReference) {
  ExpectDecisionsOfTheReference("nq-dev.qa.csv", MatchMode::kString);
}

TEST(ExtendedAnswerMatch, ExpressionsOfCuratedTrecDecideAsTheReference) {
  ExpectDecisionsOfTheReference("trec-train.qa.csv", MatchMode::kRegex);
}

}  // namespace
}  // namespace dpr
