#include "dpr/retrieval/answer_check.h"

#include <utility>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kListed = 30;

}  // namespace

void AnswerCheck::Problems::Add(std::string problem) {
  ++count;
  if (first.size() < kListed) first.push_back(std::move(problem));
}

std::string AnswerCheck::Problems::List() const {
  std::string text = std::to_string(count);
  for (const std::string& problem : first) text += "\n  " + problem;
  const auto more = count - static_cast<int64_t>(first.size());
  return more > 0 ? text + "\n  and " + std::to_string(more) + " more" : text;
}

AnswerCheck::AnswerCheck(MatchMode match, BadPatterns bad_patterns)
    : match_(match), bad_patterns_(bad_patterns) {}

void AnswerCheck::Add(const Question& question, const std::string& where, bool needed) {
  if (needed && question.answers.empty()) {
    any_missing_ = true;
    refused_.Add(where + ": the question has no answers");
  }
  if (match_ != MatchMode::kRegex) return;
  const AnswerMatcher matcher(question.answers, match_);
  for (const std::string& problem : matcher.Problems()) {
    any_pattern_ = true;
    (bad_patterns_ == BadPatterns::kRefuse ? refused_ : accepted_).Add(where + ": " + problem);
  }
}

void AnswerCheck::Finish(const Path& file, Progress& progress) const {
  if (accepted_.count > 0) {
    progress.Note("answers that are no regular expressions and match nothing: " + accepted_.List());
  }
  if (refused_.count == 0) return;
  std::string hint;
  if (any_missing_) {
    hint =
        "Give answers (.qa.csv: question, tab, list of answers), or judgements instead: "
        "--qrels, in eval with --queries";
  }
  if (any_pattern_ && bad_patterns_ == BadPatterns::kRefuse) {
    if (!hint.empty()) hint += ". ";
    hint +=
        "Mend the expressions, match strings (--match string), or let these match nothing, as DPR "
        "does (--skip-bad)";
  }
  throw Error(ErrorCode::kInvalid, "answers that cannot be looked for: " + refused_.List(),
              file.string(), hint);
}

}  // namespace dpr
