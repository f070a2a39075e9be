#include "dpr/experiments/ranks.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr size_t kTextsKept = 200'000;

size_t Depth(const std::vector<int64_t>& list) {
  return std::min(list.size(), static_cast<size_t>(kRankDepth));
}

}  // namespace

std::string Ranks::Json() const {
  return nlohmann::ordered_json{{"gold", gold}, {"answer", answer}, {"strict", strict}}.dump();
}

Ranks Ranks::Parse(const std::string& json) {
  const auto parsed = nlohmann::ordered_json::parse(json);
  return {parsed.at("gold").get<std::vector<int>>(), parsed.at("answer").get<std::vector<int>>(),
          parsed.at("strict").get<std::vector<int>>()};
}

RankJudge::RankJudge(const Path& collection, MatchMode match)
    : collection_(Collection::Open(collection)), match_(match) {}

std::shared_ptr<const MatchablePassage> RankJudge::Text(int64_t row) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(row);
    if (found != texts_.end()) return found->second;
  }
  auto text = std::make_shared<const MatchablePassage>(
      collection_.Get(std::span(&row, 1))[0].passage.text, match_);
  const std::lock_guard lock(mutex_);
  if (texts_.size() >= kTextsKept) texts_.clear();
  texts_.emplace(row, text);
  return text;
}

int RankJudge::FirstWith(const std::vector<std::string>& answers,
                         const std::vector<int64_t>& list) {
  if (answers.empty()) return -1;
  const AnswerMatcher matcher(answers, match_);
  for (size_t i = 0; i < Depth(list); ++i) {
    if (matcher.Matches(*Text(list[i]))) return static_cast<int>(i) + 1;
  }
  return 0;
}

int RankJudge::FirstGold(const std::vector<std::string>& gold,
                         const std::vector<int64_t>& list) const {
  if (gold.empty()) return -1;
  std::vector<int64_t> rows;
  for (const std::string& id : gold) {
    if (const auto row = collection_.FindRow(id)) rows.push_back(*row);
  }
  for (size_t i = 0; i < Depth(list); ++i) {
    if (std::find(rows.begin(), rows.end(), list[i]) != rows.end()) return static_cast<int>(i) + 1;
  }
  return 0;
}

Ranks RankJudge::Judge(std::span<const PreparedQuestion> questions,
                       std::span<const std::vector<int64_t>> lists) {
  DPR_CHECK(questions.size() == lists.size());
  Ranks ranks;
  for (auto* column : {&ranks.gold, &ranks.answer, &ranks.strict}) column->resize(questions.size());
  ParallelFor(static_cast<int64_t>(questions.size()), 1, [&](int64_t at) {
    const auto i = static_cast<size_t>(at);
    ranks.gold[i] = FirstGold(questions[i].gold, lists[i]);
    ranks.answer[i] = FirstWith(questions[i].question.answers, lists[i]);
    ranks.strict[i] = FirstWith(questions[i].strict, lists[i]);
  });
  return ranks;
}

}  // namespace dpr
