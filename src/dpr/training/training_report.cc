#include "dpr/training/training_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "dpr/report/format.h"
#include "dpr/report/html_page.h"
#include "dpr/training/training_report_charts.h"
#include "dpr/training/training_report_history.h"

namespace dpr {
namespace {

constexpr size_t kLongestLine = size_t{4} << 20;

using Definitions = std::vector<std::pair<std::string, std::string>>;

// Of the last step; NaN when there is none.
double Last(const TrainingHistory& history, const char* key) {
  const auto found = history.last_step.find(key);
  return found == history.last_step.end() ? std::numeric_limits<double>::quiet_NaN()
                                          : found->second;
}

std::string Count(double value) {
  return std::abs(value) < 1e15 ? FormatCount(std::llround(value)) : "–";
}

std::string Counted(double value, const std::string& what) {
  return Count(value) + " " + what + (value == 1 ? "" : "s");
}

// The parts that are not empty, with a dot between them.
std::string Joined(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!part.empty()) joined.append(joined.empty() ? "" : " · ").append(part);
  }
  return joined;
}

void SetBadge(const TrainingHistory& history, HtmlPage& page) {
  const std::string at = Count(Last(history, "step"));
  const std::string& reason = history.end_reason;
  if (reason == "finished") return page.SetBadge("finished", Tone::kGood);
  if (reason == "early-stopping") {
    return page.SetBadge("finished by early stopping at step " + at, Tone::kGood);
  }
  if (reason == "stopped") return page.SetBadge("stopped at step " + at, Tone::kWarning);
  if (!reason.empty()) return page.SetBadge(reason + " at step " + at, Tone::kWarning);
  if (history.last_step.empty()) return page.SetBadge("no step yet", Tone::kNeutral);
  const std::string of = history.steps > 0 ? " of " + Count(history.steps) : "";
  page.SetBadge("running: step " + at + of, Tone::kNeutral);
}

std::string FolderName(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder.substr(folder.rfind('/') + 1);
}

HtmlPage BeginPage(const TrainingHistory& history) {
  const std::string model = FolderName(history.model_folder);
  HtmlPage page(model.empty() ? "Training" : "Training from " + model);
  SetBadge(history, page);
  std::string resumed;
  if (history.resumes > 0) {
    resumed = history.resumes == 1 ? "resumed once"
                                   : "resumed " + Count(double(history.resumes)) + " times";
  }
  page.SetSubtitle(Joined({history.time.empty() ? "" : "begun " + ReadableTime(history.time),
                           resumed, history.version.empty() ? "" : "dpr " + history.version}));
  return page;
}

KeyFigure ExamplesFigure(const TrainingHistory& history) {
  const double epoch = Last(history, "epoch");
  return {"examples", Count(Last(history, "examples")),
          Joined({Counted(Last(history, "step"), "step"),
                  std::isnan(epoch) ? "" : FormatFixed(epoch, 2) + " epochs"})};
}

KeyFigure SpeedFigure(const TrainingHistory& history) {
  const double seconds = Last(history, "seconds"), tokens = Last(history, "tokens");
  const double examples = Last(history, "examples");
  return {"tokens a second", Count(tokens / seconds), FormatRate(examples / seconds, "examples")};
}

KeyFigure TimeFigure(const TrainingHistory& history) {
  const double seconds = Last(history, "seconds"), step = Last(history, "step");
  std::string note = FormatDuration(seconds / step) + " a step";
  if (history.end_reason.empty() && history.steps > step && step > 0) {
    note = "about " + FormatDuration(seconds / step * (history.steps - step)) + " left";
  }
  return {"time in steps", FormatDuration(seconds), note};
}

void AddKeyFigures(const TrainingHistory& history, HtmlPage& page) {
  if (history.last_step.empty()) return;
  const auto [loss, of_what] = LossNow(history);
  std::vector<KeyFigure> figures = {
      {history.end_reason.empty() ? "loss" : "final loss", DevFigureText(loss), of_what}};
  if (!history.bests.empty()) {
    const DevFigures& best = history.bests.back();
    figures.push_back({"best on dev: " + DevMetricTitle(best.metric), DevFigureText(best.value),
                       "at step " + Count(best.step)});
  }
  const double seconds = Last(history, "seconds");
  if (!std::isnan(Last(history, "examples"))) figures.push_back(ExamplesFigure(history));
  if (!std::isnan(Last(history, "tokens") / seconds)) figures.push_back(SpeedFigure(history));
  if (!std::isnan(seconds)) figures.push_back(TimeFigure(history));
  page.AddKeyFigures(figures);
}

void AddDevTable(const TrainingHistory& history, HtmlPage& page) {
  if (!history.first_dev || !history.last_dev) return;
  std::vector<std::pair<std::string, const DevFigures*>> columns = {{"first", &*history.first_dev}};
  if (!history.bests.empty()) columns.push_back({"best", &history.bests.back()});
  if (history.last_dev->step > history.first_dev->step) {
    columns.push_back({"last", &*history.last_dev});
  }
  std::vector<Column> header = {{"figure", Align::kLeft}};
  for (const auto& [name, dev] : columns) {
    header.push_back({name + ", step " + Count(dev->step), Align::kRight});
  }
  Table table(header);
  for (const auto& [key, first] : history.first_dev->figures) {
    std::vector<std::string> row = {DevFigureName(key)};
    for (const auto& [name, dev] : columns) {
      const double value = dev->Figure(key);
      const bool is_count = first >= 1 && first == std::floor(first) && key != "average_rank";
      row.push_back(is_count ? Count(value) : DevFigureText(value));
    }
    table.AddRow(row);
  }
  page.AddHeading("Dev set");
  page.AddTable(table);
}

Definitions DefinitionsOf(const LogFields& fields) {
  Definitions definitions;
  for (const LogField& field : fields) definitions.emplace_back(field.name, field.text);
  return definitions;
}

void AddFields(const std::string& heading, const LogFields& fields, HtmlPage& page) {
  if (fields.empty()) return;
  page.AddHeading(heading);
  page.AddDefinitions(DefinitionsOf(fields));
}

// A row for each field that any of the sets has, a column for each set.
Table SetTable(const std::vector<Column>& header, const std::vector<const LogFields*>& sets) {
  std::vector<std::string> names;
  for (const LogFields* set : sets) {
    for (const LogField& field : *set) {
      const bool is_new = std::find(names.begin(), names.end(), field.name) == names.end();
      if (is_new) names.push_back(field.name);
    }
  }
  Table table(header);
  for (const std::string& name : names) {
    std::vector<std::string> row = {name};
    for (const LogFields* set : sets) {
      const auto found = std::find_if(set->begin(), set->end(),
                                      [&](const LogField& field) { return field.name == name; });
      row.push_back(found == set->end() ? "–" : found->text);
    }
    table.AddRow(row);
  }
  return table;
}

void AddData(const TrainingHistory& history, HtmlPage& page) {
  constexpr size_t kMostSets = 12;
  std::vector<Column> header = {{"", Align::kLeft}};
  std::vector<const LogFields*> sets;
  const auto add = [&](const std::vector<LogFields>& all, const std::string& name) {
    for (size_t i = 0; i < std::min(all.size(), kMostSets); ++i) {
      sets.push_back(&all[i]);
      header.push_back({all.size() == 1 ? name : fmt::format("{} {}", name, i + 1), Align::kRight});
    }
  };
  add(history.data, "training");
  add(history.dev_data, "dev");
  if (sets.empty()) return;
  page.AddHeading("Data");
  page.AddTable(SetTable(header, sets));
  if (history.data.size() > kMostSets) {
    page.AddParagraph(
        fmt::format("The log has {} more training sets.", history.data.size() - kMostSets));
  }
}

void AddEvents(const TrainingHistory& history, HtmlPage& page) {
  const bool has_rest = history.more_events > 0 || history.unreadable > 0;
  if (history.events.empty() && !has_rest) return;
  page.AddHeading("Notes");
  if (!history.events.empty()) {
    Table table({{"step", Align::kRight}, {"what happened"}});
    for (const LogEvent& event : history.events) table.AddRow({event.step, event.text});
    page.AddTable(table);
  }
  if (history.more_events > 0) {
    page.AddParagraph("The log has " + FormatCount(history.more_events) + " more.");
  }
  if (history.unreadable > 0) {
    page.AddParagraph("Lines of the log that could not be read and are left out: " +
                      FormatCount(history.unreadable) + ".");
  }
}

void AddRun(const TrainingHistory& history, HtmlPage& page) {
  LogFields run = history.machine;
  const double tokens = Last(history, "tokens");
  if (!std::isnan(tokens)) run.push_back({"tokens trained on", Count(tokens)});
  if (history.last_checkpoint) {
    run.push_back({"last checkpoint", "step " + Count(*history.last_checkpoint)});
  }
  AddFields("Machine and run", run, page);
  if (!history.command.empty()) page.AddCode(history.command);
}

}  // namespace

struct TrainingReport::Impl {
  TrainingHistory history;
};

TrainingReport::TrainingReport() : impl_(std::make_unique<Impl>()) {}
TrainingReport::~TrainingReport() = default;
TrainingReport::TrainingReport(TrainingReport&&) noexcept = default;
TrainingReport& TrainingReport::operator=(TrainingReport&&) noexcept = default;

void TrainingReport::AddLine(std::string_view line) { impl_->history.AddLine(line); }

std::string TrainingReport::Page() const {
  const TrainingHistory& history = impl_->history;
  HtmlPage page = BeginPage(history);
  AddKeyFigures(history, page);
  page.AddFigures(TrainingFigures(history));
  AddDevTable(history, page);
  AddFields("Settings", history.settings, page);
  AddData(history, page);
  AddFields("Counts", history.counts, page);
  AddFields("Model", history.model, page);
  AddRun(history, page);
  AddEvents(history, page);
  return page.Html();
}

std::string TrainingReportPage(std::unique_ptr<ByteStream> log) {
  TrainingReport report;
  LineReader lines(std::move(log), kLongestLine);
  for (std::string_view line;;) {
    try {
      if (!lines.NextWithEnd(line)) break;
    } catch (const BadRecord&) {
      report.AddLine("a line that is too long");
      continue;
    }
    const bool is_cut_off = !line.ends_with('\n') && !nlohmann::json::accept(line);
    if (!is_cut_off) report.AddLine(line);
  }
  return report.Page();
}

}  // namespace dpr
