#include "dpr/training/training_log.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/base/error.h"
#include "dpr/base/threads.h"

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
  nlohmann::ordered_json json = {{"kind", "step"},          {"step", r.step},
                                 {"epoch", r.epoch},        {"loss", r.task.loss},
                                 {"learning_rate", r.rate}, {"gradient_norm", r.gradient_norm}};
  json.update(nlohmann::ordered_json::parse(r.task.figures));
  json.update({{"examples", r.task.all_examples},
               {"tokens", r.all_tokens},
               {"seconds", r.all_seconds},
               {"examples_per_second", static_cast<double>(r.task.examples) / r.seconds},
               {"tokens_per_second", static_cast<double>(r.task.tokens) / r.seconds}});
  return json.dump();
}

std::string TimeNow() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string MachineJson() {
  return nlohmann::ordered_json{
      {"cpu", Cpu().model}, {"threads", ThreadCount()}, {"instructions", CpuLevelName(Cpu().level)}}
      .dump();
}

}  // namespace dpr
