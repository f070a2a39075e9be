#include "dpr/training/training_report_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "dpr/report/format.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 8;  // of a record; what lies deeper is left out
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The members of a step that have a curve.
constexpr const char* kStepCurves[] = {
    "loss",          "accuracy",      "learning_rate",     "gradient_norm",
    "positive_mean", "negative_mean", "tokens_per_second", "negative_deviation",
    "scale",         "word_loss",     "word_accuracy",     "next_accuracy"};
constexpr const char* kStepValues[] = {"step",   "epoch",   "examples",           "loss",
                                       "tokens", "seconds", "examples_per_second"};

std::string Readable(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

// "2e-5" for "2e-05".
std::string ShownReal(double value) {
  std::string text = fmt::format("{:.6g}", value);
  const size_t zero = text.find_first_of("+-", 1) + 1;
  if (zero > 0 && text[zero] == '0') text.erase(zero, 1);
  return text;
}

enum class Grouped { kNo, kYes };  // "12,345": for counts, not for settings

std::string Shown(const Json& value, Grouped grouped) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_integer()) {
    return grouped == Grouped::kYes ? FormatCount(value.get<int64_t>()) : value.dump();
  }
  if (value.is_number()) return ShownReal(value.get<double>());
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value;
  if (!value.is_array() || value.empty()) return "–";
  std::string list;
  for (const Json& element : value) {
    list.append(list.empty() ? "" : ", ").append(Shown(element, grouped));
  }
  return list;
}

void Flatten(const Json& value, const std::string& name, Grouped grouped, LogFields& fields) {
  const bool has_members =
      value.is_object() ||
      (value.is_array() && std::any_of(value.begin(), value.end(),
                                       [](const Json& each) { return each.is_structured(); }));
  if (!has_members) {
    fields.push_back({Readable(name), Shown(value, grouped)});
    return;
  }
  int64_t number = 0;
  for (const auto& [key, member] : value.items()) {
    ++number;
    const std::string own = value.is_object() ? key : fmt::format("{}", number);
    Flatten(member, name.empty() ? own : name + " " + own, grouped, fields);
  }
}

}  // namespace

// A line of the log.
struct TrainingHistory::Record {
  Json json;

  bool Has(const char* key) const { return json.contains(key); }
  double Number(const char* key) const {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>() : kNan;
  }
  std::string String(const char* key) const {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  }
  LogFields Fields(const char* key, Grouped grouped) const {
    LogFields fields;
    const auto found = json.find(key);
    if (found != json.end() && found->is_object()) Flatten(*found, "", grouped, fields);
    return fields;
  }
  // Of an array each element, of anything else the thing itself.
  std::vector<LogFields> Sets(const char* key) const {
    std::vector<LogFields> sets;
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) return sets;
    if (!found->is_array()) Flatten(*found, "", Grouped::kYes, sets.emplace_back());
    if (!found->is_array()) return sets;
    for (const Json& set : *found) Flatten(set, "", Grouped::kYes, sets.emplace_back());
    return sets;
  }
};

double DevFigures::Figure(const std::string& name) const {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const auto& figure) { return figure.first == name; });
  return found == figures.end() ? kNan : found->second;
}

void TrainingHistory::AddLine(std::string_view line) {
  if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  const auto is_shallow = [](int depth, Json::parse_event_t, const Json&) {
    return depth <= kDeepest;
  };
  const Record record{Json::parse(line, is_shallow, false)};
  const std::string kind = record.json.is_object() ? record.String("kind") : "";
  const bool needs_step =
      kind == "step" || kind == "dev" || kind == "resume" || kind == "checkpoint";
  if (kind.empty() || (needs_step && std::isnan(record.Number("step")))) {
    ++unreadable;
    return;
  }
  if (kind == "start") AddStart(record);
  if (kind == "step") AddStep(record);
  if (kind == "dev") AddDev(record);
  if (kind == "end") AddEnd(record);
  if (kind == "checkpoint") last_checkpoint = record.Number("step");
  if (kind == "note") AddEvent(record, record.String("text"));
  if (kind == "resume") {
    ++resumes;
    const std::string at = record.String("time");
    AddEvent(record, at.empty() ? "resumed" : "resumed, " + ReadableTime(at));
    ForgetFrom(std::nextafter(record.Number("step"), std::numeric_limits<double>::infinity()));
  }
}

void TrainingHistory::AddStart(const Record& record) {
  time = record.String("time");
  version = record.String("version");
  command = record.String("command");
  machine = record.Fields("machine", Grouped::kYes);
  settings = record.Fields("settings", Grouped::kNo);
  model = record.Fields("model", Grouped::kYes);
  steps = std::max(0.0, record.Number("steps"));
  model_folder.clear();
  for (const LogField& field : model) {
    if (field.name == "folder") model_folder = field.text;
  }
  data = record.Sets("data");
  dev_data = record.Sets("dev");
}

void TrainingHistory::AddStep(const Record& record) {
  const double step = record.Number("step");
  const auto before = last_step.find("step");
  if (before != last_step.end() && step <= before->second) ForgetFrom(step);
  end_reason.clear();
  for (const char* key : kStepCurves) {
    if (record.Has(key)) curves[key].Add({step, record.Number(key)});
  }
  for (const char* key : kStepValues) last_step[key] = record.Number(key);
}

void TrainingHistory::AddDev(const Record& record) {
  DevFigures dev;
  dev.step = record.Number("step");
  for (const auto& [key, value] : record.json.items()) {
    if (dev.figures.size() == kMostDevFigures) break;
    if (value.is_number() && key != "step" && key != "value") dev.figures.emplace_back(key, value);
  }
  dev.metric = record.String("metric");
  dev.value = record.Number("value");
  if (last_dev && dev.step <= last_dev->step) ForgetDevFrom(dev.step);
  const auto add = [&](const std::string& key, double value) {
    const bool has_room = dev_curves.size() < kMostDevFigures || dev_curves.count(key) > 0;
    if (has_room) dev_curves[key].Add({dev.step, value});
  };
  add("value " + dev.metric, dev.value);
  for (const auto& [key, value] : dev.figures) add(key, value);
  if (!first_dev) first_dev = dev;
  last_dev = dev;
  const auto best = record.json.find("best");
  if (best == record.json.end() || *best != true) return;
  if (bests.size() == kMostBests) bests.erase(bests.begin());
  bests.push_back(std::move(dev));
}

void TrainingHistory::AddEnd(const Record& record) {
  end_reason = record.String("reason");
  if (end_reason.empty()) end_reason = "ended";
  for (const char* key : {"step", "seconds", "examples", "tokens"}) {
    if (!std::isnan(record.Number(key))) last_step[key] = record.Number(key);
  }
  counts.clear();
  counts = record.Fields("counts", Grouped::kYes);
  const bool has_collisions = std::any_of(counts.begin(), counts.end(), [](const LogField& field) {
    return field.name == "collisions";
  });
  if (record.Has("collisions") && !has_collisions) {
    Flatten(record.json["collisions"], "collisions", Grouped::kYes, counts);
  }
}

void TrainingHistory::AddEvent(const Record& record, std::string text) {
  if (events.size() == kMostEvents) {
    ++more_events;
    return;
  }
  const double step = record.Number("step");
  std::string shown = std::abs(step) < 1e15 ? FormatCount(std::llround(step)) : "";
  events.push_back({std::move(shown), std::move(text)});
}

// What was done at `step` and behind it.
void TrainingHistory::ForgetFrom(double step) {
  end_reason.clear();
  counts.clear();
  for (auto& [key, curve] : curves) curve.ForgetFrom(step);
  if (last_step.count("step") > 0 && last_step["step"] >= step) last_step.clear();
  ForgetDevFrom(step);
}

void TrainingHistory::ForgetDevFrom(double step) {
  for (auto& [key, curve] : dev_curves) curve.ForgetFrom(step);
  while (!bests.empty() && bests.back().step >= step) bests.pop_back();
  if (first_dev && first_dev->step >= step) first_dev.reset();
  if (!last_dev || last_dev->step < step) return;
  last_dev.reset();
  if (!bests.empty()) last_dev = bests.back();
}

std::string ReadableTime(const std::string& time) {
  const bool is_utc = time.size() == 20 && time[10] == 'T' && time[19] == 'Z';
  return is_utc ? time.substr(0, 10) + " " + time.substr(11, 5) + " UTC" : time;
}

}  // namespace dpr
