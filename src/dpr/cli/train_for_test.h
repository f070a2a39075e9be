// dpr train on a tiny random model: its data, its command, what it leaves.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli::testing {

using dpr::testing::TemporaryFolder;
using dpr::testing::TestData;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

inline constexpr int kKilled = 128 + 9;

inline const std::string& StartModel() {
  static const std::string model = (TestData() / "encoder" / "dpr_pair").string();
  return model;
}

// Questions that share words with their passages and with nobody else's.
inline std::string Examples(int count, bool hard_negatives) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string own = std::to_string(100 + 7 * i);
    const auto passage = [](const std::string& text) {
      return nlohmann::json{{"title", "river"}, {"text", "the city of " + text + " in the river"}};
    };
    nlohmann::json example = {{"question", "who is the king of " + own + "?"},
                              {"answers", {own}},
                              {"positive_ctxs", {passage(own)}},
                              {"negative_ctxs", nlohmann::json::array()},
                              {"hard_negative_ctxs", nlohmann::json::array()}};
    if (hard_negatives && i % 3 != 0) {
      example["hard_negative_ctxs"] = {passage(std::to_string(i)), passage("the king")};
    }
    lines += example.dump() + "\n";
  }
  return lines;
}

class TrainTest : public ::testing::Test {
 protected:
  TrainTest() {
    data_ = folder_.Write("train.jsonl", Examples(26, true)).string();
    dev_ = folder_.Write("dev.jsonl", Examples(9, false)).string();
  }

  std::vector<std::string> Command(const std::string& out,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command = {"train", data_, "--model", StartModel(), "-o", Out(out)};
    const auto add = [&](const char* name, const char* value) {
      if (std::count(more.begin(), more.end(), name) == 0)
        command.insert(command.end(), {name, value});
    };
    add("--batch", "5");
    add("--lr", "1e-3");
    add("--epochs", "2");
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  std::string Out(const std::string& name) const { return (folder_.path() / name).string(); }
  std::map<std::string, std::string> Weights(const std::string& out) const {
    std::map<std::string, std::string> weights;
    for (const auto& entry : fs::recursive_directory_iterator(Out(out))) {
      if (entry.path().filename() != "model.safetensors") continue;
      weights[fs::relative(entry.path(), Out(out)).string()] = ReadFile(entry.path());
    }
    return weights;
  }
  std::vector<nlohmann::json> Log(const std::string& out) const {
    std::vector<nlohmann::json> lines;
    std::istringstream log(ReadFile(Path(Out(out)) / "log.jsonl"));
    for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  // A folder with a config and a vocabulary, but no weights.
  Path StartWithoutWeights() const {
    const Path start = folder_.path() / "start", encoder = Path(StartModel()) / "ctx_encoder";
    fs::create_directories(start);
    for (const char* name :
         {"config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json"}) {
      if (fs::exists(encoder / name)) fs::copy_file(encoder / name, start / name);
    }
    return start;
  }

  // The command with SIGTERM in its midst; nothing when it was too fast for that. A signal before
  // the run has begun ends the program at once: then it gets more time.
  static std::optional<ProgramResult> StopBySignal(const std::vector<std::string>& command) {
    ProgramResult stopped;
    for (const char* seconds : {"0.3", "0.6", "1.2", "2.5", "5", "15"}) {
      stopped = RunDpr(command, "", std::string("exec timeout --signal=TERM ") + seconds);
      if (stopped.exit_code == 0) return std::nullopt;
      if (stopped.err.find("after step") != std::string::npos) break;
    }
    EXPECT_THAT(stopped.err, HasSubstr("stopped after step"));
    return stopped;
  }

  // A folder that a kill left is a retriever of one moment, or none that can be taken for one.
  void ExpectWholeOrRefused(const std::string& out) const {
    const std::string text = folder_.Write("texts.txt", "a\n");
    const ProgramResult encoded =
        RunDpr({"encode", text, "--model", Out(out), "-o", Out("vectors.npy")});
    const bool whole = fs::exists(Path(Out(out)) / "retriever.json");
    EXPECT_EQ(encoded.exit_code == 0, whole) << encoded.err;
    fs::remove(Out("vectors.npy"));
  }

  TemporaryFolder folder_;
  std::string data_, dev_;
};

}  // namespace dpr::cli::testing
