#include "dpr/experiments/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "dpr/bert/random_weights.h"
#include "dpr/data/training_json.h"
#include "dpr/encoder/retriever_writer.h"
#include "dpr/experiments/prepare_parts.h"
#include "dpr/report/format.h"
#include "dpr/training/training_speed.h"

namespace dpr {
namespace {

constexpr size_t kTexts = 64;
constexpr double kSeconds = 0.5;  // of measuring, at least
constexpr int kLength = 256;

// An encoder of some shape with texts of the experiment's own.
class Measurement {
 public:
  Measurement(const EncoderShape& shape, Precision precision, const PreparedSet& set,
              const Path& folder)
      : folder_(folder),
        precision_(precision),
        length_(std::min(kLength, static_cast<int>(shape.config.positions))) {
    ForEachPassage(set.passages, [&](Passage& passage) {
      passages_.push_back(std::move(passage));
      return passages_.size() < kTexts;
    });
    const BertWeights weights = RandomWeights(shape.config, 1);
    WriteEncoder(folder_ / "model", EncoderToWrite::Of(weights, {shape.vocabulary}),
                 BertArchitecture::kBert, false);
  }

  double Encoding() const {
    RetrieverOptions options;
    options.precision = precision_;
    options.max_length = length_;
    const Retriever retriever = Retriever::Open(folder_ / "model", options);
    Matrix out(static_cast<int64_t>(passages_.size()), retriever.dimensions());
    PackedTokens tokens;
    retriever.passages().TokenizePassages(passages_, tokens);
    retriever.passages().EncodePassages(passages_, out.view());  // warms up
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::duration<double> took{};
    double done = 0;
    while (took.count() < kSeconds) {
      retriever.passages().EncodePassages(passages_, out.view());
      done += static_cast<double>(tokens.tokens());
      took = std::chrono::steady_clock::now() - begin;
    }
    return done / took.count();
  }

  double Training() const {
    std::string lines;
    for (const Passage& passage : passages_) {
      TrainingPassage positive, negative;
      positive.title = negative.title = passage.title;
      positive.text = passage.text;
      negative.text = "Not: " + passage.text;
      TrainingExample example;
      example.question.text = passage.title + " " + passage.text.substr(0, 60);
      example.positives = {positive};
      example.hard_negatives = {negative};
      lines += TrainingExampleJson(example) + "\n";
    }
    WriteFileAtomically(folder_ / "examples.jsonl", lines);
    TrainingRequest request;
    request.data = {{folder_ / "examples.jsonl"}};
    request.model = folder_ / "model";
    request.settings.batch = 16;
    request.settings.max_length = length_;
    request.settings.precision = precision_;
    NoProgress silent;
    double tokens = 0, seconds = 0;
    for (const StepTime& step : MeasureTraining(request, 2, silent).steps) {
      tokens += static_cast<double>(step.tokens);
      seconds += step.seconds;
    }
    return tokens / seconds;
  }

 private:
  Path folder_;
  Precision precision_;
  int length_;
  std::vector<Passage> passages_;
};

double Measured(const std::string& rate, const std::vector<ExperimentSteps>& experiments,
                Precision precision, const Path& scratch) {
  const size_t space = rate.find(' ');
  const std::string shape = rate.substr(space + 1);
  for (const ExperimentSteps& experiment : experiments) {
    const auto found = experiment.shapes.find(shape);
    if (found == experiment.shapes.end()) continue;
    const Measurement measurement(found->second, precision, experiment.sets.begin()->second,
                                  scratch / shape);
    return rate.starts_with("train") ? measurement.Training() : measurement.Encoding();
  }
  DPR_CHECK(false);
}

}  // namespace

double Forecast::total() const { return std::accumulate(seconds.begin(), seconds.end(), 0.0); }

Forecast ForecastOf(const std::vector<ExperimentSteps>& experiments, Precision precision,
                    const StepStore& store, const Path& scratch) {
  std::vector<StepPointer> goals;
  for (const ExperimentSteps& experiment : experiments) {
    const std::vector<StepPointer> own = experiment.Goals();
    goals.insert(goals.end(), own.begin(), own.end());
  }
  Forecast forecast;
  const std::vector<StepPointer> missing = StepsBehind(goals, &store);
  forecast.steps = static_cast<int64_t>(missing.size());
  forecast.done = static_cast<int64_t>(StepsBehind(goals).size()) - forecast.steps;
  for (const StepPointer& step : missing) {
    double seconds = step->cost.amount;
    if (!step->cost.rate.empty()) {
      const auto [entry, added] = forecast.rates.try_emplace(step->cost.rate, 0);
      if (added) entry->second = Measured(step->cost.rate, experiments, precision, scratch);
      seconds /= entry->second;
    }
    forecast.seconds[static_cast<size_t>(step->kind)] += seconds;
  }
  RemoveAll(scratch);
  return forecast;
}

std::vector<std::string> ForecastLines(const Forecast& forecast) {
  std::vector<std::string> lines;
  for (const auto& [rate, tokens] : forecast.rates) {
    const bool trains = rate.starts_with("train");
    lines.push_back(fmt::format("measured: {} a {} BERT: {}", trains ? "training" : "encoding with",
                                rate.substr(rate.find(' ') + 1), FormatRate(tokens, "tokens")));
  }
  std::string parts;
  for (size_t i = 0; i < kStepKinds; ++i) {
    if (forecast.seconds[i] < 1) continue;
    parts +=
        fmt::format("{}{} {}", parts.empty() ? ": " : ", ", StepKindName(static_cast<StepKind>(i)),
                    FormatDuration(forecast.seconds[i]));
  }
  lines.push_back(fmt::format("{} steps to do, {} done before; this will take about {}{}",
                              FormatCount(forecast.steps), FormatCount(forecast.done),
                              FormatDuration(forecast.total()), parts));
  return lines;
}

}  // namespace dpr
