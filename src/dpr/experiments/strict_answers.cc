#include "dpr/experiments/strict_answers.h"

#include <algorithm>
#include <cctype>

#include "dpr/base/threads.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

constexpr int kFewestCharacters = 3;
constexpr double kLargestShare = 0.01;

// Letters and digits; beyond ASCII every character counts as one.
int Characters(std::string_view text) {
  int count = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, at);
    count += c >= 128 || std::isalnum(static_cast<int>(c)) != 0 ? 1 : 0;
  }
  return count;
}

bool IsFrequent(const std::string& answer, std::span<const MatchablePassage> sample,
                MatchMode match) {
  const AnswerMatcher matcher(std::span(&answer, 1), match);
  const auto share = static_cast<int64_t>(kLargestShare * static_cast<double>(sample.size()));
  const int64_t most = std::max<int64_t>(1, share);
  int64_t found = 0;
  for (const MatchablePassage& passage : sample) {
    found += matcher.Matches(passage) ? 1 : 0;
    if (found > most) return true;
  }
  return false;
}

}  // namespace

std::vector<std::vector<std::string>> StrictAnswers(std::span<const Question> questions,
                                                    std::span<const Passage> sample,
                                                    MatchMode match) {
  std::vector<MatchablePassage> passages;
  passages.reserve(sample.size());
  for (const Passage& passage : sample) passages.emplace_back(passage.text, match);
  std::vector<std::vector<std::string>> strict(questions.size());
  ParallelFor(static_cast<int64_t>(questions.size()), 1, [&](int64_t i) {
    for (const std::string& answer : questions[i].answers) {
      if (match == MatchMode::kString && Characters(answer) < kFewestCharacters) continue;
      if (!IsFrequent(answer, passages, match)) strict[i].push_back(answer);
    }
  });
  return strict;
}

}  // namespace dpr
