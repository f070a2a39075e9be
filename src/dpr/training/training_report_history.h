// What a training report keeps of the log: curves thinned as they come, the last of what replaces
// what was before, the first of what could be many. Bounded memory, however long the log.
// docs/formats/training-log.md has the format. Internal to `training`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/report/thinned_curve.h"

namespace dpr {

// A value as it is shown, under the names that lead to it: "encoder dropout".
struct LogField {
  std::string name;
  std::string text;
};
using LogFields = std::vector<LogField>;

// One evaluation on the dev set.
struct DevFigures {
  double step = 0;
  std::string metric;  // what decides which weights are the best: "nll", "average-rank"
  double value = 0;    // its value; NaN where the log has none
  std::vector<std::pair<std::string, double>> figures;  // as logged: "nll", "accuracy_5", ...

  double Figure(const std::string& name) const;  // NaN when it was not computed
};

struct LogEvent {
  std::string step;  // "1,200", or nothing
  std::string text;
};

// Steps may go back: a run that was killed goes on from its last checkpoint, and what it did behind
// that is forgotten, since it is done again.
class TrainingHistory {
 public:
  static constexpr size_t kMostEvents = 200, kMostBests = 1000, kMostDevFigures = 24;

  // A line without its end. What is no record is counted; unknown kinds and members are passed
  // over.
  void AddLine(std::string_view line);

  LogFields machine, settings, model, counts;
  std::vector<LogFields> data, dev_data;  // a file, or a set, each
  std::string time, version, command, model_folder;
  double steps = 0;  // that the run is to have; 0 when the log does not say

  // By the member of a step that they show ("loss"); so too for dev, and there also the value of
  // each metric by "value " and its name.
  std::map<std::string, ThinnedCurve> curves, dev_curves;
  // Of the last step; NaN where the log has none. Sums are over the whole run.
  std::map<std::string, double> last_step;
  std::optional<DevFigures> first_dev, last_dev;
  std::vector<DevFigures> bests;  // each the best so far; the last one of all
  std::optional<double> last_checkpoint;
  std::vector<LogEvent> events;  // notes and resumes
  int64_t more_events = 0;       // that are not kept
  int64_t resumes = 0;
  int64_t unreadable = 0;  // lines
  std::string end_reason;  // empty while there is no end

 private:
  struct Record;
  void AddStart(const Record& record);
  void AddStep(const Record& record);
  void AddDev(const Record& record);
  void AddEnd(const Record& record);
  void AddEvent(const Record& record, std::string text);
  void ForgetFrom(double step);
  void ForgetDevFrom(double step);
};

// "2026-11-22 21:00 UTC" for "2026-11-22T21:00:00Z"; anything else as it is.
std::string ReadableTime(const std::string& time);

}  // namespace dpr
