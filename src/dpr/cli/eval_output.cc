#include "dpr/cli/eval_output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dpr/evaluation/top_k_accuracy.h"
#include "dpr/report/format.h"
#include "dpr/report/table.h"

namespace dpr::cli {
namespace {

constexpr int kAccuracyCutoffs[] = {1, 5, 20, 100};

std::vector<EvalFigure> Figures(const std::vector<std::string>& names,
                                const std::vector<std::vector<double>>& series) {
  const std::vector<Interval> intervals = BootstrapIntervals(series);
  std::vector<EvalFigure> figures;
  for (size_t i = 0; i < names.size(); ++i) {
    figures.push_back({names[i], Mean(series[i]), intervals[i]});
  }
  return figures;
}

void NoteIf(EvalReport& report, int64_t count, const std::string& text) {
  if (count > 0) report.notes.push_back(FormatCount(count) + " " + text);
}

nlohmann::ordered_json TunedJson(const TunedHybrid& tuned, int64_t questions) {
  nlohmann::ordered_json json = {{"fusion", tuned.fusion},
                                 {"weight", tuned.weight},
                                 {"metric", tuned.metric},
                                 {"tuned_on", questions},
                                 {"trials", nlohmann::ordered_json::array()}};
  for (const WeightTrial& trial : tuned.trials) {
    json["trials"].push_back({{"weight", trial.weight}, {"value", trial.value}});
  }
  return json;
}

std::string TunedText(const TunedHybrid& tuned) {
  Table table({{"weight", Align::kRight}, {tuned.metric, Align::kRight}, {""}});
  for (const WeightTrial& trial : tuned.trials) {
    table.AddRow({fmt::format("{:g}", trial.weight), fmt::format("{:.4f}", trial.value),
                  trial.weight == tuned.weight ? "chosen" : ""});
  }
  return fmt::format(
      "{}\nThe weight was chosen on these very questions, so the figures below flatter it.\n"
      "For other questions: --mode hybrid --fusion {} --weight {:g}\n\n",
      table.Text(), tuned.fusion, tuned.weight);
}

}  // namespace

EvalReport AnswerReport(std::span<const int> first_hits, int64_t most) {
  std::vector<std::string> names;
  std::vector<std::vector<double>> series;
  for (const int k : kAccuracyCutoffs) {
    if (k > most) break;
    names.push_back("top_" + std::to_string(k));
    series.push_back(TopKHits(first_hits, k));
  }
  EvalReport report;
  report.counted = "questions";
  report.count = static_cast<int64_t>(first_hits.size());
  report.figures = Figures(names, series);
  return report;
}

EvalReport JudgedReport(const Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const Metric metric : evaluation.metrics) names.push_back(MetricName(metric));
  EvalReport report;
  report.counted = "queries";
  report.count = static_cast<int64_t>(evaluation.question_ids.size());
  report.figures = Figures(names, evaluation.values);
  NoteIf(report, evaluation.without_results, "queries have no results and count as 0");
  NoteIf(report, evaluation.without_relevant, "queries have no relevant passage and count as 0");
  NoteIf(report, evaluation.lists_left_out, "ranked lists belong to no judged query");
  return report;
}

std::string EvalJson(const EvalReport& report) {
  nlohmann::ordered_json json, intervals;
  json[report.counted] = report.count;
  for (const EvalFigure& figure : report.figures) {
    json[figure.name] = figure.value;
    intervals[figure.name] = {figure.interval.low, figure.interval.high};
  }
  json["intervals"] = intervals;
  if (report.tuned) json["tuned"] = TunedJson(*report.tuned, report.count);
  for (const Comparison& comparison : report.comparisons) {
    json["difference"][MetricName(comparison.metric)] = {{"value", comparison.difference},
                                                         {"p", comparison.p},
                                                         {"adjusted_p", comparison.adjusted_p}};
  }
  return json.dump();
}

std::string EvalText(const EvalReport& report) {
  std::string text = fmt::format("{} {}\n\n", FormatCount(report.count), report.counted);
  if (report.tuned) text += TunedText(*report.tuned);
  Table figures({{"metric"}, {"value", Align::kRight}, {"95 % interval", Align::kRight}});
  for (const EvalFigure& figure : report.figures) {
    figures.AddRow({figure.name, fmt::format("{:.4f}", figure.value),
                    fmt::format("{:.4f} to {:.4f}", figure.interval.low, figure.interval.high)});
  }
  text += figures.Text();
  if (!report.comparisons.empty()) {
    Table differences({{"metric"},
                       {"difference", Align::kRight},
                       {"p", Align::kRight},
                       {"p (Holm)", Align::kRight}});
    for (const Comparison& comparison : report.comparisons) {
      differences.AddRow(
          {MetricName(comparison.metric), fmt::format("{:+.4f}", comparison.difference),
           fmt::format("{:.4f}", comparison.p), fmt::format("{:.4f}", comparison.adjusted_p)});
    }
    text += "\nagainst the other run (paired randomisation test)\n\n" + differences.Text();
  }
  for (const std::string& note : report.notes) text += "\n" + note + "\n";
  return text;
}

}  // namespace dpr::cli
