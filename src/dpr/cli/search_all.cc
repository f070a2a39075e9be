#include "dpr/cli/search_all.h"

#include <algorithm>
#include <chrono>

#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kQuestionsCut =
    " questions were longer than the encoder reads and lost their end";

}  // namespace

void SearchAll(const Searcher& searcher, const std::vector<Question>& questions, int64_t k,
               Progress& progress, const FoundVisitor& visit) {
  progress.Stage("searching", questions.size(), "questions");
  int64_t truncated = 0;
  const size_t most = searcher.QuestionsAtATime(k);
  for (size_t begin = 0; begin < questions.size(); begin += most) {
    const auto piece =
        std::span(questions).subspan(begin, std::min(most, questions.size() - begin));
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::string> texts;
    for (const Question& question : piece) texts.push_back(question.text);
    EncodeCounts counts;
    const auto hits = searcher.Search(texts, k, &counts);
    truncated += counts.truncated;
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    const double each = elapsed.count() / static_cast<double>(piece.size());
    for (size_t i = 0; i < piece.size(); ++i) {
      visit(piece[i], LookUp(searcher.collection(), hits[i]), each);
      progress.Advance(1);
    }
  }
  if (truncated > 0) progress.Note(FormatCount(truncated) + kQuestionsCut);
}

}  // namespace dpr::cli
