#include "dpr/training/training_log.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"

namespace dpr {

TrainingLog::TrainingLog(const Path& file, uint64_t keep, const std::optional<Path>& copy) {
  File log = File::OpenOrCreate(file);
  bytes_ = std::min(keep, log.size());
  log.Truncate(bytes_);
  files_.push_back(File::OpenForAppending(file));
  if (!copy) return;
  if (std::filesystem::exists(*copy) && std::filesystem::equivalent(*copy, file)) {
    throw Error(ErrorCode::kUsage, "the second copy of the log would be the log itself",
                copy->string(), "Give --json-log another file, or leave it out");
  }
  File second = File::Create(*copy);
  second.Write(std::string_view(ReadFile(file)));
  files_.push_back(std::move(second));
}

void TrainingLog::Write(const std::string& json) {
  const std::string line = json + "\n";
  for (File& file : files_) file.Write(line);
  bytes_ += line.size();
}

std::string StepJson(const StepRecord& r) {
  return nlohmann::ordered_json{
      {"kind", "step"},
      {"step", r.step},
      {"epoch", r.epoch},
      {"loss", r.loss.loss},
      {"accuracy", r.accuracy()},
      {"learning_rate", r.rate},
      {"gradient_norm", r.gradient_norm},
      {"positive_mean", r.loss.positive_mean},
      {"negative_mean", r.loss.negative_mean},
      {"negative_deviation", r.loss.negative_deviation},
      {"scale", r.scale},
      {"examples", r.all_examples},
      {"tokens", r.all_tokens},
      {"seconds", r.all_seconds},
      {"examples_per_second", static_cast<double>(r.loss.questions) / r.seconds},
      {"tokens_per_second", static_cast<double>(r.tokens) / r.seconds}}
      .dump();
}

std::string DevJson(const DevRecord& r) {
  nlohmann::ordered_json json = {{"kind", "dev"},
                                 {"step", r.step},
                                 {"metric", DevMetricName(r.metric)},
                                 {"value", r.scores.Value(r.metric)},
                                 {"nll", r.scores.nll},
                                 {"accuracy", r.scores.accuracy}};
  if (r.scores.pool > 0) {
    json["average_rank"] = r.scores.average_rank;
    json["accuracy_1"] = r.scores.accuracy_1;
    json["accuracy_5"] = r.scores.accuracy_5;
    json["accuracy_20"] = r.scores.accuracy_20;
  }
  json["questions"] = r.scores.questions;
  if (r.scores.pool > 0) json["pool"] = r.scores.pool;
  json["best"] = r.best;
  return json.dump();
}

std::string TimeNow() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace dpr
