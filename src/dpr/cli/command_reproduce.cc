// dpr reproduce: the paper's experiments, each beside what the paper reported.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/experiments/catalogue.h"
#include "dpr/experiments/reproduce.h"
#include "dpr/report/format.h"
#include "dpr/report/table.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr reproduce --list
  dpr reproduce negatives similarity --data data/ --model all-MiniLM-L6-v2/ -o report/ --size smoke
  dpr reproduce mine.json --data data/ --model all-MiniLM-L6-v2/ -o report/

OUT/index.html is the report. smoke checks in minutes that everything runs; small takes up to two hours an
experiment; full needs the published data. A run that was stopped or killed goes on when the same command
is given again, and what it has done is kept in OUT/work for later experiments.)";

struct ReproduceOptions {
  std::vector<std::string> names;
  std::string data, model, out, size = "small", precision = "auto";
  bool list = false, forecast = false;
};

// Set by a signal; the run then ends as soon as what it has done is kept.
std::atomic<bool> stop_requested = false;

void RequestStop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

void List(const Session& session) {
  Json all = Json::array();
  Table table({{"experiment"}, {"what it asks"}});
  for (const Definition& definition : OpenDefinitions({}, Size::kSmall)) {
    all.push_back(
        {{"name", definition.name}, {"title", definition.title}, {"asks", definition.asks}});
    table.AddRow({definition.name, definition.title});
  }
  std::cout << (session.json ? Json{{"experiments", all}}.dump() + "\n" : table.Text());
}

Precision ChosenPrecision(const std::string& name) {
  return name == "auto" ? FastestPrecision().precision : ParsePrecision(name);
}

void Print(const ReproduceOutcome& outcome, const Session& session) {
  const TimeSpent& time = outcome.time;
  if (session.json) {
    Json json = {{"report", outcome.report.string()},
                 {"seconds", time.total},
                 {"foretold_seconds", outcome.forecast},
                 {"own_seconds", time.own()},
                 {"measuring_seconds", time.measuring}};
    for (size_t i = 0; i < kStepKinds; ++i) {
      json[std::string(StepKindName(static_cast<StepKind>(i))) + "_seconds"] = time.seconds[i];
    }
    for (const ExperimentSteps& experiment : outcome.experiments) {
      json["experiments"].push_back(experiment.definition.name);
    }
    std::cout << json.dump() << "\n";
    return;
  }
  std::cout << fmt::format("{}: {} experiments in {}, of which {:.1f} % the runner's own\n",
                           outcome.report.string(), outcome.experiments.size(),
                           FormatDuration(time.total), 100 * time.own() / time.total);
}

void Run(const ReproduceOptions& options, const Session& session) {
  if (options.list) return List(session);
  if (options.data.empty() || options.out.empty()) {
    throw Error(ErrorCode::kUsage, options.data.empty()
                                       ? "--data is missing: where the data are"
                                       : "-o is missing: where to write the report");
  }
  ReproduceRequest request;
  request.size = ParseSize(options.size);
  request.definitions = OpenDefinitions(options.names, request.size);
  request.materials.data = options.data;
  if (!options.model.empty()) request.materials.model = options.model;
  request.materials.precision = ChosenPrecision(options.precision);
  request.out = options.out;
  request.forecast_only = options.forecast;
  request.command = session.command_line;
  request.version = DPR_VERSION;
  std::signal(SIGINT, RequestStop);
  std::signal(SIGTERM, RequestStop);
  const auto progress = session.MakeProgress();
  const ReproduceOutcome outcome = Reproduce(request, stop_requested, *progress);
  if (options.forecast) {
    std::cout << (session.json ? Json{{"foretold_seconds", outcome.forecast}}.dump()
                               : "about " + FormatDuration(outcome.forecast))
              << "\n";
    return;
  }
  Print(outcome, session);
}

}  // namespace

void AddReproduceCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command =
      program.add_subcommand("reproduce", "the paper's experiments, on your machine");
  command->add_option("names", options->names, "experiments, or files of yours (default: all)")
      ->type_name("NAME|FILE.json");
  command->add_flag("--list", options->list, "name the experiments and stop");
  command->add_flag("--forecast", options->forecast, "say how long it will take and stop");
  command->add_option("--data", options->data, "the folder that the experiments' paths are below")
      ->type_name("DIR");
  command
      ->add_option("--model", options->model,
                   "the real encoder; the others take their vocabulary from it")
      ->type_name("DIR");
  command->add_option("-o,--output", options->out, "the folder for the report and all results")
      ->type_name("OUT");
  command->add_option("--size", options->size, "smoke, small (default) or full");
  command
      ->add_option("--precision", options->precision,
                   "of training and encoding: f32, bf16 or auto (default: auto)")
      ->type_name("P");
  command->footer(kFooter);
  command->callback([options, &session] { Run(*options, session); });
}

}  // namespace dpr::cli
