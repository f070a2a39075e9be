// dpr train: two encoders from question-passage pairs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/stop_signal.h"
#include "dpr/cli/training_options.h"
#include "dpr/report/format.h"
#include "dpr/report/table.h"
#include "dpr/training/gradient_check.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr mine wiki.dpr --questions train.qa.csv -o train.jsonl
  dpr train train.jsonl --model all-MiniLM-L6-v2/ -o mine/ --dev dev.jsonl
  dpr index passages.tsv -o passages.dpr --model mine/
  dpr train train.jsonl --model all-MiniLM-L6-v2/ --check-gradients

A run that was stopped or killed goes on when the same command is given again, and ends in the same
weights. OUT/log.jsonl and OUT/report.html show how it went.)";

void Print(const TrainingRequest& request, const TrainingOutcome& outcome, const Session& session) {
  const Json counts = Json::parse(outcome.counts);
  if (session.json) {
    Json json = {{"output", request.out.string()}, {"end", TrainingEndName(outcome.end)},
                 {"step", outcome.step},           {"steps", outcome.steps},
                 {"loss", outcome.last_loss},      {"seconds", outcome.seconds}};
    if (outcome.best) {
      json["best"] = {{"step", outcome.best_step},
                      {"metric", DevMetricName(outcome.best_metric)},
                      {"value", *outcome.best}};
    }
    json["counts"] = counts;
    json["settings"] = Json::parse(SettingsJson(request.settings));
    std::cout << json.dump() << "\n";
    return;
  }
  std::cout << fmt::format("{}: {} after {} of {} steps in {}\n", request.out.string(),
                           TrainingEndName(outcome.end), FormatCount(outcome.step),
                           FormatCount(outcome.steps), FormatDuration(outcome.seconds));
  if (outcome.best) {
    std::cout << fmt::format("  best on the dev set at step {}: {} {:.4f}\n",
                             FormatCount(outcome.best_step), DevMetricName(outcome.best_metric),
                             *outcome.best);
  }
  for (const auto& [name, count] : counts.items()) {
    if (count == 0) continue;
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    std::cout << fmt::format("  {}: {}\n", words, FormatCount(count.get<int64_t>()));
  }
}

void PrintCheck(const GradientCheck& check, const Session& session) {
  if (session.json) {
    Json tensors = Json::array();
    for (const TensorCheck& tensor : check.tensors) {
      tensors.push_back({{"name", tensor.name},
                         {"norm", tensor.norm},
                         {"error", tensor.error},
                         {"negligible", tensor.negligible},
                         {"missing", tensor.missing},
                         {"holds", tensor.holds}});
    }
    std::cout << Json{{"holds", check.holds()},
                      {"loss", check.loss},
                      {"norm", check.norm},
                      {"slope", check.slope},
                      {"difference_quotient", check.difference_quotient},
                      {"micro_batches", check.micro_batches},
                      {"tensors", tensors}}
                     .dump()
              << "\n";
    return;
  }
  Table table({{"tensor"}, {"norm", Align::kRight}, {"error", Align::kRight}, {""}});
  for (const TensorCheck& tensor : check.tensors) {
    table.AddRow({tensor.name, fmt::format("{:.3e}", tensor.norm),
                  fmt::format("{:.1e}", tensor.error),
                  tensor.missing      ? "NO GRADIENT"
                  : !tensor.holds     ? "TOO LARGE"
                  : tensor.negligible ? "zero but for rounding"
                                      : ""});
  }
  std::cout << table.Text();
  std::cout << fmt::format(
      "{} questions, {} passages, {} tokens in 1 and in {} micro-batches, dropout on: errors {} "
      "{:.0e}\nslope along the gradient {:.5g}, by differences {:.5g}: {}\n",
      check.questions, check.passages, FormatCount(check.tokens), check.micro_batches,
      check.holds() ? "within" : "beyond", check.tolerance, check.slope, check.difference_quotient,
      check.slope_holds() ? "equal within 2 %" : "NOT EQUAL");
}

void PrintSettings(const TrainingSettings& settings, Progress& progress) {
  std::string line;
  const Json json = Json::parse(SettingsJson(settings));
  for (const auto& [name, value] : json.items()) {
    line += (line.empty() ? "" : ", ") + name + " " +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  progress.Note(line);
}

void RunTraining(const TrainingOptions& options, bool check_gradients, const Session& session) {
  if (!check_gradients && options.out.empty()) {
    throw Error(ErrorCode::kUsage, "-o is missing: where to write the trained retriever");
  }
  TrainingRequest request = options.ToRequest();
  request.command = session.command_line;
  request.version = DPR_VERSION;
  const auto progress = session.MakeProgress();
  if (check_gradients) request.settings.precision = Precision::kF32;
  PrintSettings(request.settings, *progress);
  if (check_gradients) {
    const GradientCheck check = CheckGradients(request, *progress);
    PrintCheck(check, session);
    if (check.holds()) return;
    throw Error(ErrorCode::kMismatch, "the gradients are not equal", options.model,
                "This is a bug of dpr's: please report it with your settings");
  }
  const TrainingOutcome outcome = Train(request, StopOnSignals(), *progress);
  if (outcome.end == TrainingEnd::kStopped) {
    throw Error(ErrorCode::kInterrupted,
                fmt::format("stopped after step {} of {}", outcome.step, outcome.steps),
                options.out, "Give the same command again to go on");
  }
  Print(request, outcome, session);
}

}  // namespace

void AddTrainCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<TrainingOptions>();
  auto check = std::make_shared<bool>(false);
  CLI::App* command =
      program.add_subcommand("train", "train a retriever on question-passage pairs");
  options->AddTo(*command, true);
  command->add_flag("--check-gradients", *check,
                    "compare the gradients of one batch, whole and in pieces, and stop");
  command->footer(kFooter);
  command->callback([options, check, &session] { RunTraining(*options, *check, session); });
}

}  // namespace dpr::cli
