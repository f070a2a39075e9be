// dpr bench train: how fast two encoders learn here, beside the best GEMM rate of the same run.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/cli/bench_commands.h"
#include "dpr/cli/description_text.h"
#include "dpr/cli/training_options.h"
#include "dpr/training/training_speed.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Example:
  dpr bench train train.jsonl --model all-MiniLM-L6-v2/ --batch 16

A step is tokenising, forward, backward, clipping and AdamW; medians over the steps. Tokens are real
ones of questions and passages. The share of the peak counts the operations of the linear layers
that the pooled tokens need, forward and backward; share_of_peak_with_attention those of attention's
matrix products too, as model FLOPs utilisation does.)";

void Bench(const TrainingOptions& options, int64_t steps, const Session& session) {
  const auto progress = session.MakeProgress();
  const TrainingSpeed speed = MeasureTraining(options.ToRequest(), steps, *progress);
  std::vector<double> seconds, questions, tokens, linear, products;
  for (const StepTime& step : speed.steps) {
    seconds.push_back(step.seconds);
    questions.push_back(static_cast<double>(step.questions) / step.seconds);
    tokens.push_back(static_cast<double>(step.tokens) / step.seconds);
    linear.push_back(step.linear_operations / step.seconds / 1e9);
    products.push_back(linear.back() + step.attention_operations / step.seconds / 1e9);
  }
  const GemmPeak peak = MeasureLayerPeak(speed.config, speed.precision);
  const Json result = {{"steps", speed.steps.size()},
                       {"batch", speed.steps.front().questions},
                       {"passages", speed.steps.front().passages},
                       {"step_seconds", Quantile(seconds, .5)},
                       {"questions_per_second", Quantile(questions, .5)},
                       {"tokens_per_second", Quantile(tokens, .5)},
                       {"gemm_gops", Quantile(linear, .5)},
                       {"gemm_peak_gops", peak.best_gflops},
                       {"gemm_peak_by", peak.best},
                       {"share_of_peak", Quantile(linear, .5) / peak.best_gflops},
                       {"share_of_peak_with_attention", Quantile(products, .5) / peak.best_gflops},
                       {"precision", PrecisionName(speed.precision)},
                       {"cpu", Cpu().model + " (" + CpuLevelName(Cpu().level) + ")"}};
  std::cout << (session.json ? result.dump() + "\n" : DescriptionText(result.dump()));
}

}  // namespace

void AddBenchTrain(CLI::App& bench, const Session& session) {
  auto options = std::make_shared<TrainingOptions>();
  auto steps = std::make_shared<int64_t>(5);
  CLI::App* command = bench.add_subcommand("train", "speed of training on your examples");
  options->AddTo(*command, false);
  command->add_option("--steps", *steps, "steps to measure (default: 5)")
      ->check(CLI::Range(1, 1'000'000));
  command->footer(kFooter);
  command->callback([options, steps, &session] { Bench(*options, *steps, session); });
}

}  // namespace dpr::cli
