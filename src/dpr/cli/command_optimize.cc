// dpr optimize: makes a collection fast to search, and says how.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/stop_signal.h"
#include "dpr/collection/optimize.h"
#include "dpr/data/question_reader.h"
#include "dpr/report/format.h"
#include "dpr/retrieval/searcher.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr optimize wiki.dpr                                # what is fast enough, and exact if that is
  dpr optimize wiki.dpr --ann inverted --recall 0.95 --questions nq-dev.qa.csv
  dpr optimize wiki.dpr --ann none                     # exact again

An inverted file (a bit a number in memory) and a graph find most of what exact search finds, and
their recall is measured: tuned on half of the questions, told for the other half; `dpr inspect` shows
the curve. What is indexed later is searched exactly until the command is given again. Searches go on
meanwhile; a command that was stopped or killed can be given again and goes on.)";

const std::map<std::string, AnnChoice> kChoices = {{"auto", AnnChoice::kAuto},
                                                   {"none", AnnChoice::kNone},
                                                   {"graph", AnnChoice::kGraph},
                                                   {"inverted", AnnChoice::kInverted}};

struct OptimizeCommand {
  std::string collection, ann = "auto", questions;
  double recall = 0.98;
  uint64_t memory = uint64_t{8} << 30;
};

// The vectors of a file's questions, by the collection's encoder.
Matrix EncodeQuestions(const OptimizeCommand& command) {
  if (command.questions.empty()) return {};
  std::vector<std::string> texts;
  for (const Question& question : ReadQuestions(command.questions)) texts.push_back(question.text);
  SearcherOptions options;
  options.mode = SearchMode::kDense;
  return Searcher::Open(command.collection, options).Encode(texts);
}

nlohmann::ordered_json ReportJson(const OptimizeReport& report) {
  nlohmann::ordered_json json = {{"ann", report.ann ? AnnKindName(*report.ann) : "none"},
                                 {"because", report.because},
                                 {"built", report.built},
                                 {"coded_segments", report.coded_segments},
                                 {"exact_ms", 1000 * report.exact_seconds}};
  if (report.recall) json["recall"] = nlohmann::ordered_json::parse(report.recall->Json());
  return json;
}

void PrintRecall(const RecallCurve& recall) {
  if (!recall.reaches()) {
    std::cout << "the index does not reach a recall of " << FormatFixed(recall.target, 3)
              << ", so searches stay exact; ask for less with --recall\n";
    return;
  }
  std::cout << "recall of " << FormatCount(recall.questions / 2) << " " << recall.asked
            << " that it was not tuned on: " << FormatFixed(recall.reported_10, 3)
            << " of the best 10, " << FormatFixed(recall.reported_100, 3)
            << " of the best 100 (asked for: " << FormatFixed(recall.target, 3) << ")\n";
}

void Optimize(const OptimizeCommand& command, const Session& session) {
  OptimizeOptions options;
  options.ann = kChoices.at(command.ann);
  options.recall = command.recall;
  options.memory = static_cast<int64_t>(command.memory);
  options.questions = EncodeQuestions(command);
  const auto progress = session.MakeProgress();
  const OptimizeReport report =
      OptimizeCollection(command.collection, options, StopOnSignals(), *progress);
  if (report.stopped) {
    throw Error(ErrorCode::kInterrupted, "stopped; what was done is kept", {},
                "Give the same command again to go on");
  }
  if (session.json) {
    std::cout << ReportJson(report).dump() << "\n";
    return;
  }
  std::cout << report.because << "\n";
  if (report.recall) PrintRecall(*report.recall);
}

}  // namespace

void AddOptimizeCommand(CLI::App& program, const Session& session) {
  auto command = std::make_shared<OptimizeCommand>();
  CLI::App* app = program.add_subcommand("optimize", "make a collection fast to search");
  app->add_option("collection", command->collection, "the collection")->required();
  app->add_option("--ann", command->ann,
                  "auto: exact while a question takes at most 10 ms, else inverted or graph; none; "
                  "graph; inverted (default: auto)")
      ->check(CLI::IsMember({"auto", "none", "graph", "inverted"}));
  app->add_option("--recall", command->recall,
                  "of an index, of the best 10 and 100 (default: 0.98)")
      ->check(CLI::Range(0.5, 1.0));
  app->add_option("--memory", command->memory, "that searching may use, as 8G (default: 8G)")
      ->transform(CLI::AsSizeValue(false));
  app->add_option("--questions", command->questions,
                  "a file of questions to measure recall with (default: passages ask)");
  app->footer(kFooter);
  app->callback([command, &session] { Optimize(*command, session); });
}

}  // namespace dpr::cli
