#include "dpr/experiments/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/experiments/step_progress.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRecord = "step.json";

void Visit(const StepPointer& step, const StepStore* store, std::set<std::string>& seen,
           std::vector<StepPointer>& order) {
  if (store != nullptr && store->Has(*step)) return;
  if (!seen.insert(step->key).second) return;
  for (const StepPointer& input : step->inputs) Visit(input, store, seen, order);
  order.push_back(step);
}

[[noreturn]] void ThrowStopped() {
  throw Error(ErrorCode::kInterrupted, "stopped; what was done is kept", {},
              "Give the same command again to go on");
}

}  // namespace

const char* StepKindName(StepKind kind) {
  constexpr const char* kNames[kStepKinds] = {"preparing", "indexing", "mining",   "pretraining",
                                              "training",  "encoding", "searching"};
  return kNames[static_cast<size_t>(kind)];
}

StepPointer MakeStep(Step step, int version) {
  Json spec = {{"step", StepKindName(step.kind)}, {"version", version}};
  spec["what"] = Json::parse(step.spec);
  spec["inputs"] = Json::array();
  for (const StepPointer& input : step.inputs) spec["inputs"].push_back(input->key);
  step.spec = spec.dump();
  step.key = HashHex(step.spec).substr(0, 16);
  return std::make_shared<const Step>(std::move(step));
}

StepStore::StepStore(const Path& folder, const std::atomic<bool>& stop, Progress& progress)
    : folder_((CreateFolder(folder), folder)),
      lock_(folder / "lock", "these experiments"),
      stop_(stop),
      progress_(progress) {}

Path StepStore::Folder(const Step& step) const { return folder_ / step.key; }
Path StepStore::Making(const Step& step) const { return folder_ / (step.key + ".making"); }

bool StepStore::Has(const Step& step) const {
  return std::filesystem::exists(Folder(step) / kRecord);
}

Path StepStore::Make(const StepPointer& step) {
  if (!Has(*step)) {
    for (const StepPointer& input : step->inputs) Make(input);
    MakeAlone(*step);
  }
  return Folder(*step);
}

void StepStore::MakeAlone(const Step& step) {
  if (stop_) ThrowStopped();
  const auto begin = std::chrono::steady_clock::now();
  const Path making = Making(step);
  if (!step.resumes) RemoveAll(making);
  CreateFolder(making);
  KillPoint("experiment.begun");
  ++made_;
  const std::string place =
      expected_ > 0 ? fmt::format("{}/{} ", made_, std::max(made_, expected_)) : "";
  progress_.Note(place + step.title);
  StepProgress progress(progress_, place + StepKindName(step.kind));
  StepRun run(*this, making, progress);
  step.make(run);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  Json record = {{"title", step.title}, {"spec", Json::parse(step.spec)}};
  for (const auto& [name, json] : run.notes()) record["facts"][name] = Json::parse(json);
  record["facts"]["seconds"] = took.count();
  WriteFileAtomically(making / kRecord, record.dump(1) + "\n");
  KillPoint("experiment.made");
  RenameDurably(making, Folder(step));
  KillPoint("experiment.named");
  seconds_[static_cast<size_t>(step.kind)] += took.count();
}

std::string StepStore::Facts(const Step& step) const {
  const Path file = Folder(step) / kRecord;
  const Json record = Json::parse(ReadFile(file), nullptr, false);
  if (!record.is_object() || !record.contains("facts")) {
    throw Error(ErrorCode::kCorrupt, "this is no record of a step", file.string(),
                "Remove the folder that it is in; the step is then done again");
  }
  return record["facts"].dump();
}

double StepStore::Seconds(const Step& step) const {
  return Json::parse(Facts(step)).value("seconds", 0.0);
}

void StepRun::RequireNotStopped() const {
  if (stop()) ThrowStopped();
}

std::vector<StepPointer> StepsBehind(const std::vector<StepPointer>& steps,
                                     const StepStore* missing_in) {
  std::set<std::string> seen;
  std::vector<StepPointer> order;
  for (const StepPointer& step : steps) Visit(step, missing_in, seen, order);
  return order;
}

}  // namespace dpr
