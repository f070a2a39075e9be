#include "dpr/experiments/results_json.h"

#include <nlohmann/json.hpp>

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

Json RowJson(const RowFindings& row, const Definition& definition) {
  Json json = {{"variant", row.variant}};
  for (size_t i = 0; i < definition.columns.size(); ++i) {
    const std::string name = "top_" + std::to_string(definition.columns[i]);
    json[name] = row.means[i];
    json["intervals"][name] = {row.intervals[i].low, row.intervals[i].high};
  }
  json["by_seed"] = row.by_seed;
  json["letters"] = row.letters;
  if (row.variant == definition.baseline) return json;
  json["to_baseline"] = {
      {"difference", row.to_baseline.difference},
      {"interval", {row.to_baseline.interval.low, row.to_baseline.interval.high}},
      {"adjusted_p", row.adjusted_p}};
  return json;
}

Json VariantJson(const VariantDefinition& definition, const VariantSteps& steps,
                 const StepStore& store) {
  Json json = {{"title", definition.title}};
  if (!steps.missing.empty()) {
    json["not_run"] = steps.missing;
    return json;
  }
  json["seeds"] = steps.seeds;
  if (steps.trained.empty()) return json;
  const TrainingNotes notes = NotesOf(steps, store);
  json["examples"] = steps.examples;
  json["settings"] = Json::parse(definition.train->settings_json);
  if (steps.steps > 0) json["steps"] = steps.steps;
  if (notes.rate) json["learning_rate"] = *notes.rate;
  for (const TrainingNotes::Tried& tried : notes.tried) {
    json["tried"].push_back(
        {{"rate", tried.rate},
         {"average_rank", tried.average_rank ? Json(*tried.average_rank) : Json()}});
  }
  json["initial_scores"] = {{"positive_mean", notes.positive_mean},
                            {"negative_mean", notes.negative_mean},
                            {"negative_deviation", notes.negative_deviation}};
  json["training_seconds"] = notes.seconds;
  return json;
}

}  // namespace

TrainingNotes NotesOf(const VariantSteps& variant, const StepStore& store) {
  TrainingNotes notes;
  if (variant.choice) {
    const Json choice = Json::parse(store.Facts(*variant.choice)).at("choice");
    notes.rate = choice.at("rate").get<double>();
    for (const Json& tried : choice.at("tried")) {
      notes.tried.push_back({tried.at("rate").get<double>(), std::nullopt});
      if (!tried.at("average_rank").is_null()) {
        notes.tried.back().average_rank = tried.at("average_rank").get<double>();
      }
    }
  }
  const auto seeds = static_cast<double>(variant.trained.size());
  for (const StepPointer& step : variant.trained) {
    const Json facts = Json::parse(store.Facts(*step));
    notes.seconds += facts.value("training_seconds", 0.0);
    if (!facts.contains("initial")) continue;
    notes.positive_mean += facts["initial"].at("positive_mean").get<double>() / seeds;
    notes.negative_mean += facts["initial"].at("negative_mean").get<double>() / seeds;
    notes.negative_deviation += facts["initial"].at("negative_deviation").get<double>() / seeds;
  }
  return notes;
}

std::string ResultsJson(const ExperimentSteps& experiment, const ExperimentFindings& findings,
                        const StepStore& store, Size size) {
  const Definition& definition = experiment.definition;
  Json json = {{"experiment", definition.name},
               {"size", SizeName(size)},
               {"baseline", definition.baseline},
               {"compared_at", definition.compare_at}};
  for (const VariantDefinition& variant : definition.variants) {
    json["variants"][variant.name] =
        VariantJson(variant, experiment.variants.at(variant.name), store);
  }
  json["tables"] = Json::array();
  for (const TableFindings& table : findings.tables) {
    Json rows = Json::array();
    for (const RowFindings& row : table.rows) rows.push_back(RowJson(row, definition));
    json["tables"].push_back({{"set", table.set},
                              {"right", RightKey(table.right)},
                              {"questions", table.questions},
                              {"rows", rows}});
  }
  return json.dump(1) + "\n";
}

}  // namespace dpr
