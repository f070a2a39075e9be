#include "dpr/training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"

namespace dpr {
namespace {

constexpr int kVersion = 2;  // of state.json
constexpr const char* kState = "state.json";
constexpr const char* kPrefix = "step-";
constexpr const char* kHash = "hash";  // of all other members, without white space
constexpr const char* kDamagedHint =
    "Remove the folder that it is in, if that is a checkpoint: the run then goes on from the one "
    "before it, or begins anew";

Path CheckpointsOf(const Path& run) { return run / "checkpoints"; }

// Oldest first; what a kill left half written has another name.
std::vector<Path> WholeCheckpoints(const Path& run) {
  std::vector<Path> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(CheckpointsOf(run), ignored)) {
    const bool named = entry.path().filename().string().starts_with(kPrefix);
    if (named && std::filesystem::exists(entry.path() / kState)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void RequireHash(nlohmann::ordered_json json, const std::string& where) {
  const std::string written = json.at(kHash);
  json.erase(kHash);
  if (HashHex(json.dump()) == written) return;
  throw Error(ErrorCode::kCorrupt, "the file is damaged: its hash does not hold", where,
              kDamagedHint);
}

struct NamedArray {
  const char* name;
  std::span<float> values;
};

std::vector<NamedArray> ArraysOf(const OptimizedArray& array) {
  return {{"parameters", array.parameters->all()},
          {"means", array.mean()},
          {"squares", array.square()}};
}

}  // namespace

std::string TrainingState::Json() const {
  nlohmann::ordered_json json = {{"version", kVersion},
                                 {"step", step},
                                 {"settings", nlohmann::ordered_json::parse(settings)},
                                 {"data", data},
                                 {"model", model},
                                 {"counts", nlohmann::ordered_json::parse(counts)},
                                 {"log_scale", log_scale.value},
                                 {"log_scale_mean", log_scale.mean},
                                 {"log_scale_square", log_scale.square},
                                 {"best_step", best_step},
                                 {"worse_in_a_row", worse_in_a_row},
                                 {"evaluated_step", evaluated_step},
                                 {"tokens", tokens},
                                 {"seconds", seconds},
                                 {"log_bytes", log_bytes},
                                 {"loss", loss},
                                 {"early", early},
                                 {"files", files}};
  if (best) json["best"] = *best;
  json[kHash] = HashHex(json.dump());
  return json.dump(2) + "\n";
}

TrainingState TrainingState::FromJson(const std::string& text, const std::string& where) {
  try {
    const auto json = nlohmann::ordered_json::parse(text);
    if (json.at("version") != kVersion) {
      throw Error(ErrorCode::kUnsupported, "a checkpoint of another version of dpr", where,
                  "Go on with that version, or train into a new folder");
    }
    RequireHash(json, where);
    TrainingState state;
    state.step = json.at("step");
    state.settings = json.at("settings").dump();
    state.data = json.at("data").get<std::vector<std::string>>();
    state.model = json.at("model");
    state.counts = json.at("counts").dump();
    json.at("counts").at("examples").get<int64_t>();
    state.log_scale.value = json.at("log_scale");
    state.log_scale.mean = json.at("log_scale_mean");
    state.log_scale.square = json.at("log_scale_square");
    state.best_step = json.at("best_step");
    state.worse_in_a_row = json.at("worse_in_a_row");
    state.evaluated_step = json.at("evaluated_step");
    state.tokens = json.at("tokens");
    state.seconds = json.at("seconds");
    state.log_bytes = json.at("log_bytes");
    state.loss = json.at("loss");
    state.early = json.at("early");
    state.files = json.at("files").get<std::map<std::string, std::string>>();
    if (json.contains("best")) state.best = json.at("best").get<double>();
    return state;
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::kCorrupt, "this is no state of a training run", where, kDamagedHint);
  }
}

namespace {

void WriteArrays(const Path& writing, const CheckpointArrays& arrays, TrainingState& state) {
  for (const auto& [name, array] : arrays) {
    std::vector<NamedTensor> tensors;
    for (const NamedArray& part : ArraysOf(*array)) {
      tensors.push_back({part.name, {static_cast<int64_t>(part.values.size())}, part.values});
    }
    const std::string file = name + ".safetensors";
    WriteSafetensors(writing / file, tensors);
    state.files[file] = HashFile(writing / file);
    KillPoint("checkpoint.array");
  }
}

}  // namespace

void WriteCheckpoint(const Path& run, const TrainingState& state, const CheckpointArrays& arrays) {
  const std::vector<Path> older = WholeCheckpoints(run);
  const Path place = CheckpointsOf(run) / fmt::format("{}{:09}", kPrefix, state.step);
  const Path writing = CheckpointsOf(run) / "writing";
  RemoveAll(writing);
  CreateFolder(writing);
  KillPoint("checkpoint.begin");
  try {
    TrainingState written = state;
    WriteArrays(writing, arrays, written);
    WriteFileAtomically(writing / kState, written.Json());
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(writing, ignored);  // a full disk shall not stay full
    throw;
  }
  KillPoint("checkpoint.state");
  RemoveAll(place);
  RenameDurably(writing, place);
  KillPoint("checkpoint.renamed");
  for (size_t i = 0; i + 1 < older.size(); ++i) {
    if (older[i] != place) RemoveAll(older[i]);
  }
}

std::optional<Path> FindCheckpoint(const Path& run) {
  const std::vector<Path> found = WholeCheckpoints(run);
  if (found.empty()) return std::nullopt;
  return found.back();
}

std::optional<Path> DropLatestCheckpoint(const Path& run) {
  const std::vector<Path> found = WholeCheckpoints(run);
  if (!found.empty()) RemoveAll(found.back());
  if (found.size() < 2) return std::nullopt;
  return found[found.size() - 2];
}

TrainingState ReadCheckpointState(const Path& checkpoint) {
  const Path file = checkpoint / kState;
  return TrainingState::FromJson(ReadFile(file), file.string());
}

void ReadCheckpointArrays(const Path& checkpoint, const TrainingState& state,
                          const CheckpointArrays& arrays) {
  for (const auto& [name, array] : arrays) {
    const Path file = checkpoint / (name + ".safetensors");
    const auto written = state.files.find(file.filename().string());
    if (written == state.files.end() || HashFile(file) != written->second) {
      throw Error(ErrorCode::kCorrupt, "the file is not the one that was written here",
                  file.string(), kDamagedHint);
    }
    const StoredTensors stored = OpenTensorFile(file);
    for (const NamedArray& part : ArraysOf(*array)) {
      const StoredTensor* found = stored.Find(part.name);
      if (found == nullptr || found->type != ElementType::kF32 ||
          found->bytes != part.values.size_bytes()) {
        throw Error(ErrorCode::kCorrupt,
                    fmt::format("`{}` is missing or of another size", part.name), file.string(),
                    kDamagedHint);
      }
      std::copy_n(found->data(), found->bytes, reinterpret_cast<std::byte*>(part.values.data()));
    }
  }
}

}  // namespace dpr
