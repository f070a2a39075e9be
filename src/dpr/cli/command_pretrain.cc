// dpr pretrain: a BERT, or a retriever, from text without questions.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/pretraining_options.h"
#include "dpr/cli/stop_signal.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr pretrain psgs_w100.tsv --vocab vocab.txt --tokens 20e6 -o mini-bert/
  dpr pretrain documents/ --task ict --model all-MiniLM-L6-v2/ --tokens 2e6 -o adapted/
  dpr index documents/ -o documents.dpr --model adapted/

mlm: masked words and next sentences, as BERT; ict: a sentence finds the passage that it was taken
from; crops: two parts of a passage find each other. A run that was stopped or killed goes on when
the same command is given again. OUT/log.jsonl and OUT/report.html show how it went.)";

struct Figures {
  TrainingEnd end;
  int64_t step, steps, tokens, best_step;
  double loss, seconds;
  std::optional<double> best;
};

void Print(const PretrainingOptions& options, const Figures& figures, const Session& session) {
  const double rate =
      figures.seconds > 0 ? static_cast<double>(figures.tokens) / figures.seconds : 0;
  if (session.json) {
    Json json = {{"output", options.out},
                 {"task", options.task},
                 {"end", TrainingEndName(figures.end)},
                 {"step", figures.step},
                 {"steps", figures.steps},
                 {"tokens", figures.tokens},
                 {"loss", figures.loss},
                 {"seconds", figures.seconds},
                 {"tokens_per_second", rate}};
    if (figures.best) json["best"] = {{"step", figures.best_step}, {"value", *figures.best}};
    std::cout << json.dump() << "\n";
    return;
  }
  std::cout << fmt::format("{}: {} after {} of {} steps, {} tokens in {}, {} a second\n",
                           options.out, TrainingEndName(figures.end), FormatCount(figures.step),
                           FormatCount(figures.steps), FormatCount(figures.tokens),
                           FormatDuration(figures.seconds), FormatCount(std::llround(rate)));
  if (figures.best) {
    std::cout << fmt::format("  best on what was held back at step {}: {} {:.4f}\n",
                             FormatCount(figures.best_step),
                             options.task == "mlm" ? "loss" : "accuracy at 5", *figures.best);
  }
}

Figures Run(const PretrainingOptions& options, const Session& session) {
  PretrainingRequest request = options.ToRequest();
  request.command = session.command_line;
  request.version = DPR_VERSION;
  const auto progress = session.MakeProgress();
  const std::atomic<bool>& stop = StopOnSignals();
  if (options.task == "mlm") {
    const LanguageModelSettings settings = options.LanguageModel();
    const LoopOutcome outcome = PretrainLanguageModel(request, settings, stop, *progress);
    const TrainingState& state = outcome.state;
    return {outcome.end,     state.step, settings.steps(), state.tokens,
            state.best_step, state.loss, state.seconds,    state.best};
  }
  const TrainingOutcome outcome = PretrainContrastive(
      request, options.Crops(), options.Contrastive(), options.tokens(), stop, *progress);
  return {outcome.end,       outcome.step,      outcome.steps,   outcome.tokens,
          outcome.best_step, outcome.last_loss, outcome.seconds, outcome.best};
}

void RunPretraining(const PretrainingOptions& options, const Session& session) {
  const Figures figures = Run(options, session);
  if (figures.end == TrainingEnd::kStopped) {
    throw Error(ErrorCode::kInterrupted,
                fmt::format("stopped after step {} of {}", figures.step, figures.steps),
                options.out, "Give the same command again to go on");
  }
  Print(options, figures, session);
}

}  // namespace

void AddPretrainCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<PretrainingOptions>();
  CLI::App* command = program.add_subcommand("pretrain", "learn from text without questions");
  options->AddTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { RunPretraining(*options, session); });
}

}  // namespace dpr::cli
