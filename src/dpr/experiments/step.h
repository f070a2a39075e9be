// The steps that experiments are made of. A step's result lies in a folder of its own, named by a
// hash of all that decides it: its kind, its version, what it is asked to do, and its inputs' keys.
// So equal steps of different variants and experiments are done once, a run that was killed goes
// on, and what an older definition made is never taken for a newer one's.
//
//   WORK/KEY/         a result; step.json in it says what it is and how long it took
//   WORK/KEY.making/  one on its way, which a step that `resumes` goes on with
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"

namespace dpr {

enum class StepKind {
  kPreparing,  // reading and splitting data
  kIndexing,
  kMining,
  kPretraining,
  kTraining,
  kEncoding,
  kSearching,  // with judging what was found
};
constexpr size_t kStepKinds = 7;
const char* StepKindName(StepKind kind);  // "training"

// What a step will cost, in what its rate is measured in.
struct StepCost {
  std::string rate;   // of which rate; empty: `amount` is in seconds
  double amount = 0;  // tokens, or seconds
};

class StepRun;
struct Step;
using StepPointer = std::shared_ptr<const Step>;

struct Step {
  StepKind kind = StepKind::kPreparing;
  std::string title;  // "encoding squad's passages with mlm, seed 1"
  std::string key;
  std::string spec;  // JSON: all that decides the result, inputs by key
  std::vector<StepPointer> inputs;
  bool resumes = false;
  StepCost cost;
  // Fills run.folder(). Throws kInterrupted when it was stopped.
  std::function<void(StepRun& run)> make;
};

// `spec`: JSON, an object whose members are in a fixed order. Its result changes with the version.
StepPointer MakeStep(Step step, int version);

// Results on disk. For one caller; one process at a time in a folder (kBusy).
class StepStore {
 public:
  StepStore(const Path& folder, const std::atomic<bool>& stop, Progress& progress);

  bool Has(const Step& step) const;
  // The folder of the result, made now if it is not there, after its inputs.
  Path Make(const StepPointer& step);
  // Of a result that is there.
  Path Folder(const Step& step) const;
  // What a step noted about itself (StepRun::Note), and "seconds"; JSON.
  std::string Facts(const Step& step) const;
  double Seconds(const Step& step) const;  // that it took when it was made

  // How many steps are going to be made from here on, for the progress.
  void Expect(int64_t steps) {
    expected_ = steps;
    made_ = 0;
  }
  // Seconds that steps took in this process, by kind.
  const std::array<double, kStepKinds>& seconds() const { return seconds_; }
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void MakeAlone(const Step& step);
  Path Making(const Step& step) const;

  Path folder_;
  FileLock lock_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
  std::array<double, kStepKinds> seconds_{};
  int64_t expected_ = 0, made_ = 0;
};

// One step while it is made.
class StepRun {
 public:
  StepRun(const StepStore& store, Path folder, Progress& progress)
      : store_(store), folder_(std::move(folder)), progress_(progress) {}

  const Path& folder() const { return folder_; }
  Path Input(const StepPointer& step) const { return store_.Folder(*step); }
  std::string FactsOf(const StepPointer& step) const { return store_.Facts(*step); }
  const std::atomic<bool>& stop() const { return store_.stop(); }
  Progress& progress() const { return progress_; }
  void RequireNotStopped() const;  // kInterrupted
  // Kept with the result: a member of Facts, in JSON.
  void Note(const std::string& name, std::string json) { notes_[name] = std::move(json); }
  const std::map<std::string, std::string>& notes() const { return notes_; }

 private:
  const StepStore& store_;
  Path folder_;
  Progress& progress_;
  std::map<std::string, std::string> notes_;
};

// All steps that `steps` need, themselves included, inputs before what needs them, each once. With
// a store, those alone that it would have to make.
std::vector<StepPointer> StepsBehind(const std::vector<StepPointer>& steps,
                                     const StepStore* missing_in = nullptr);

}  // namespace dpr
