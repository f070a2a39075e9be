#include "dpr/cli/tune_hybrid.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"

namespace dpr::cli {
namespace {

std::vector<double> WeightsToTry(Fusion fusion) {
  if (fusion == Fusion::kPaper) {
    return {0, 0.25, 0.5, 0.75, 1, 1.1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100};
  }
  std::vector<double> weights;
  for (int i = 0; i <= 20; ++i) weights.push_back(i / 20.0);
  return weights;
}

// The best; of equal ones, the nearest to the default.
double BestWeight(const std::vector<WeightTrial>& trials, double usual) {
  const auto better = [&](const WeightTrial& a, const WeightTrial& b) {
    if (a.value != b.value) return a.value > b.value;
    return std::abs(a.weight - usual) < std::abs(b.weight - usual);
  };
  return std::min_element(trials.begin(), trials.end(), better)->weight;
}

}  // namespace

TunedHybrid TuneHybrid(const Searcher& searcher, const std::vector<Question>& questions,
                       const std::string& metric, const HybridObjective& objective,
                       Progress& progress) {
  const Fusion fusion = searcher.options().fusion;
  DPR_CHECK(fusion != Fusion::kReciprocalRank);
  if (questions.empty()) {
    throw Error(ErrorCode::kInvalid, "there is no question to tune the weight on", {},
                "Do the questions and the judgements belong together?");
  }
  TunedHybrid tuned;
  tuned.fusion = FusionName(fusion);
  tuned.metric = metric;
  for (const double weight : WeightsToTry(fusion)) tuned.trials.push_back({weight, 0});
  progress.Stage("tuning", questions.size(), "questions");
  const size_t most = searcher.QuestionsAtATime(FusionDepth(fusion));
  for (size_t begin = 0; begin < questions.size(); begin += most) {
    const auto piece =
        std::span(questions).subspan(begin, std::min(most, questions.size() - begin));
    std::vector<std::string> texts;
    for (const Question& question : piece) texts.push_back(question.text);
    const auto parts = searcher.SearchParts(texts, FusionDepth(fusion));
    for (size_t i = 0; i < piece.size(); ++i) {
      for (WeightTrial& trial : tuned.trials) {
        trial.value += objective(piece[i], Fuse(parts[i], fusion, trial.weight, kTuningDepth));
      }
    }
    progress.Advance(piece.size());
  }
  for (WeightTrial& trial : tuned.trials) trial.value /= static_cast<double>(questions.size());
  tuned.weight = BestWeight(tuned.trials, DefaultFusionWeight(fusion));
  return tuned;
}

}  // namespace dpr::cli
