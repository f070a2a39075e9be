#include "dpr/evaluation/evaluate.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"

namespace dpr {
namespace {

// The judgements of one question, sorted by passage id.
using QuestionJudgements = std::span<const Judgement* const>;

std::vector<const Judgement*> Sorted(std::span<const Judgement> judgements) {
  std::vector<const Judgement*> sorted;
  sorted.reserve(judgements.size());
  for (const Judgement& judgement : judgements) sorted.push_back(&judgement);
  const auto key = [](const Judgement* j) { return std::tie(j->question_id, j->passage_id); };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Judgement* a, const Judgement* b) { return key(a) < key(b); });
  const auto twice =
      std::adjacent_find(sorted.begin(), sorted.end(),
                         [&](const Judgement* a, const Judgement* b) { return key(a) == key(b); });
  if (twice != sorted.end()) {
    throw Error(ErrorCode::kInvalid, "passage `" + (*twice)->passage_id + "` is judged twice",
                "judgements of question `" + (*twice)->question_id + "`",
                "Keep one judgement for each question and passage");
  }
  return sorted;
}

std::vector<QuestionJudgements> GroupByQuestion(const std::vector<const Judgement*>& sorted) {
  std::vector<QuestionJudgements> groups;
  for (size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    while (end < sorted.size() && sorted[end]->question_id == sorted[begin]->question_id) ++end;
    groups.push_back(QuestionJudgements(sorted).subspan(begin, end - begin));
  }
  return groups;
}

[[noreturn]] void ThrowBadList(const RankedList& list, const std::string& problem) {
  throw Error(ErrorCode::kInvalid, problem, "results of question `" + list.question_id + "`",
              "Check the program that wrote the results");
}

std::unordered_map<std::string_view, const RankedList*> ByQuestion(
    std::span<const RankedList> lists) {
  std::unordered_map<std::string_view, const RankedList*> by_question;
  for (const RankedList& list : lists) {
    if (!by_question.emplace(list.question_id, &list).second) {
      ThrowBadList(list, "the question has two lists of results");
    }
  }
  return by_question;
}

struct ScoredId {
  float score;
  std::string_view id;
};

void CheckDistinct(const RankedList& list) {
  std::vector<std::string_view> ids;
  ids.reserve(list.passages.size());
  for (const RankedPassage& passage : list.passages) ids.push_back(passage.passage_id);
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) {
    ThrowBadList(list, "passage `" + std::string(*twice) + "` is in the list twice");
  }
}

std::vector<ScoredId> Ranked(const RankedList& list) {
  std::vector<ScoredId> ranked;
  ranked.reserve(list.passages.size());
  for (const RankedPassage& passage : list.passages) {
    if (std::isnan(passage.score)) {
      ThrowBadList(list, "the score of passage `" + passage.passage_id + "` is not a number");
    }
    ranked.push_back({static_cast<float>(passage.score), passage.passage_id});
  }
  std::sort(ranked.begin(), ranked.end(), [](const ScoredId& a, const ScoredId& b) {
    return a.score != b.score ? a.score > b.score : a.id > b.id;
  });
  return ranked;
}

int RelevanceOf(std::string_view passage_id, QuestionJudgements judgements) {
  const auto found = std::lower_bound(
      judgements.begin(), judgements.end(), passage_id,
      [](const Judgement* judgement, std::string_view id) { return judgement->passage_id < id; });
  return found != judgements.end() && (*found)->passage_id == passage_id ? (*found)->relevance : 0;
}

std::vector<int> RelevanceByRank(const RankedList& list, QuestionJudgements judgements) {
  CheckDistinct(list);
  std::vector<int> by_rank;
  by_rank.reserve(list.passages.size());
  for (const ScoredId& passage : Ranked(list)) {
    by_rank.push_back(RelevanceOf(passage.id, judgements));
  }
  return by_rank;
}

bool HasRelevant(QuestionJudgements judgements) {
  return std::any_of(judgements.begin(), judgements.end(),
                     [](const Judgement* judgement) { return judgement->relevance > 0; });
}

}  // namespace

Evaluation Evaluate(std::span<const RankedList> lists, std::span<const Judgement> judgements,
                    std::span<const Metric> metrics) {
  if (judgements.empty()) {
    throw Error(ErrorCode::kInvalid, "there are no judgements", {},
                "Give judgements of at least one question");
  }
  const auto sorted = Sorted(judgements);
  const auto questions = GroupByQuestion(sorted);
  const auto by_question = ByQuestion(lists);

  Evaluation result;
  result.metrics.assign(metrics.begin(), metrics.end());
  result.values.assign(metrics.size(), std::vector<double>(questions.size()));
  std::vector<const RankedList*> answers;  // [questions], null where there is none
  for (const QuestionJudgements& question : questions) {
    const std::string& id = question.front()->question_id;
    const auto found = by_question.find(id);
    answers.push_back(found == by_question.end() ? nullptr : found->second);
    result.question_ids.push_back(id);
    if (answers.back() == nullptr) ++result.without_results;
    if (!HasRelevant(question)) ++result.without_relevant;
  }
  const size_t answered = questions.size() - static_cast<size_t>(result.without_results);
  result.lists_left_out = static_cast<int64_t>(lists.size() - answered);

  ParallelFor(static_cast<int64_t>(questions.size()), 16, [&](int64_t i) {
    if (answers[i] == nullptr) return;
    const std::vector<int> by_rank = RelevanceByRank(*answers[i], questions[i]);
    std::vector<int> judged;
    for (const Judgement* judgement : questions[i]) judged.push_back(judgement->relevance);
    for (size_t m = 0; m < metrics.size(); ++m) {
      result.values[m][i] = MetricValue(metrics[m], by_rank, judged);
    }
  });
  return result;
}

double Mean(std::span<const double> values) {
  if (values.empty()) {
    throw Error(ErrorCode::kInvalid, "there are no questions to average over", {},
                "Give at least one question");
  }
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

int64_t ExcludeSelf(std::vector<RankedList>& lists) {
  size_t removed = 0;
  for (RankedList& list : lists) {
    removed += std::erase_if(list.passages, [&](const RankedPassage& passage) {
      return passage.passage_id == list.question_id;
    });
  }
  return static_cast<int64_t>(removed);
}

}  // namespace dpr
