// The tables and charts of an experiment's figures.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "dpr/experiments/report_page.h"
#include "dpr/report/format.h"
#include "dpr/report/interval_chart.h"
#include "dpr/report/line_chart.h"

namespace dpr {
namespace {

std::string Percent(double fraction) { return FormatFixed(100 * fraction, 1); }

std::string WithInterval(double mean, const Interval& interval) {
  return fmt::format("{} ({}–{})", Percent(mean), Percent(interval.low), Percent(interval.high));
}

// In points; its sign may be either.
std::string DifferenceText(const MeanDifference& difference) {
  return fmt::format("{} ({} to {})", Percent(difference.difference),
                     Percent(difference.interval.low), Percent(difference.interval.high));
}

size_t ComparedColumn(const Definition& definition) {
  const auto found =
      std::find(definition.columns.begin(), definition.columns.end(), definition.compare_at);
  return static_cast<size_t>(found - definition.columns.begin());
}

const RowFindings* FindRow(const TableFindings& table, const std::string& variant) {
  for (const RowFindings& row : table.rows) {
    if (row.variant == variant) return &row;
  }
  return nullptr;
}

// What a source says of a variant at k, in percent.
std::optional<double> ReportedAt(const ReportedFigures& figures, const std::string& variant,
                                 int k) {
  const auto row = figures.rows.find(variant);
  const auto column = std::find(figures.columns.begin(), figures.columns.end(), k);
  if (row == figures.rows.end() || column == figures.columns.end()) return std::nullopt;
  return row->second[static_cast<size_t>(column - figures.columns.begin())];
}

std::vector<const ReportedFigures*> ReportedFor(const Definition& definition,
                                                const std::string& set) {
  std::vector<const ReportedFigures*> figures;
  for (const ReportedFigures& one : definition.reported) {
    if (one.set.empty() || one.set == set) figures.push_back(&one);
  }
  return figures;
}

std::vector<const TableFindings*> TablesOf(const ExperimentFindings& findings,
                                           const std::string& set) {
  std::vector<const TableFindings*> tables;
  for (const TableFindings& table : findings.tables) {
    if (table.set == set) tables.push_back(&table);
  }
  return tables;
}

// One row a variant, one column a way of being right, then what others reported.
void AddOverview(const ExperimentSteps& experiment, const std::vector<const TableFindings*>& tables,
                 bool smoke, HtmlPage& page) {
  const Definition& definition = experiment.definition;
  const std::string& set = tables.front()->set;
  const auto reported = ReportedFor(definition, set);
  const size_t compared = ComparedColumn(definition);
  std::vector<Column> columns = {{"variant"}};
  for (const TableFindings* table : tables) {
    columns.push_back(
        {fmt::format("{}, top-{}", RightName(table->right), definition.compare_at), Align::kRight});
    if (!smoke) columns.push_back({"letters"});
  }
  for (size_t i = 0; i < reported.size(); ++i) {
    columns.push_back({fmt::format("reported [{}]", i + 1), Align::kRight});
  }
  Table overview(columns);
  std::map<std::string, std::string> not_run;  // variants by the reason
  for (const VariantDefinition& variant : definition.variants) {
    if (std::count(variant.tests.begin(), variant.tests.end(), set) == 0) continue;
    std::vector<std::string> cells = {variant.title};
    const std::string& missing = experiment.variants.at(variant.name).missing;
    for (const TableFindings* table : tables) {
      const RowFindings* row = FindRow(*table, variant.name);
      cells.push_back(row ? WithInterval(row->means[compared], row->intervals[compared])
                          : "not run here");
      if (!smoke) cells.push_back(row ? row->letters : "");
    }
    if (!missing.empty())
      not_run[missing] += (not_run[missing].empty() ? "" : "; ") + variant.title;
    for (const ReportedFigures* figures : reported) {
      const auto value = ReportedAt(*figures, variant.name, definition.compare_at);
      cells.push_back(value ? FormatFixed(*value, 1) : "");
    }
    overview.AddRow(std::move(cells));
  }
  page.AddTable(overview);
  std::vector<std::string> sources;
  for (const auto& [reason, variants] : not_run) {
    sources.push_back(fmt::format("Not run here, since {}: {}.", reason, variants));
  }
  for (size_t i = 0; i < reported.size(); ++i) {
    sources.push_back(fmt::format("[{}] {}", i + 1, reported[i]->source));
  }
  page.AddList(sources);
}

// All columns of one way of being right, and the comparison with the baseline.
void AddDetail(const ExperimentSteps& experiment, const TableFindings& found, bool smoke,
               HtmlPage& page) {
  const Definition& definition = experiment.definition;
  std::vector<Column> columns = {{RightName(found.right)}};
  for (const int k : definition.columns)
    columns.push_back({fmt::format("top-{}", k), Align::kRight});
  columns.push_back({fmt::format("top-{} by seed", definition.compare_at), Align::kRight});
  if (!smoke) {
    columns.push_back({"less " + definition.Variant(definition.baseline).title, Align::kRight});
    columns.push_back({"p", Align::kRight});
  }
  Table table(columns);
  for (const RowFindings& row : found.rows) {
    std::vector<std::string> cells = {definition.Variant(row.variant).title};
    for (size_t i = 0; i < row.means.size(); ++i) {
      cells.push_back(WithInterval(row.means[i], row.intervals[i]));
    }
    std::string seeds;
    for (const double mean : row.by_seed) seeds += (seeds.empty() ? "" : " ") + Percent(mean);
    cells.push_back(seeds);
    if (!smoke) {
      const bool itself = row.variant == definition.baseline;
      cells.push_back(itself ? "" : DifferenceText(row.to_baseline));
      cells.push_back(itself ? "" : FormatFixed(row.adjusted_p, 3));
    }
    table.AddRow(std::move(cells));
  }
  page.AddParagraph(fmt::format("{}: {}, over {} questions.",
                                experiment.sets.at(found.set).definition.title,
                                RightName(found.right), FormatCount(found.questions)));
  page.AddTable(table);
}

Figure IntervalsOf(const ExperimentSteps& experiment, const TableFindings& table) {
  const Definition& definition = experiment.definition;
  const size_t compared = ComparedColumn(definition);
  const auto reported = ReportedFor(definition, table.set);
  IntervalChart chart;
  chart.title =
      fmt::format("{}: {}", experiment.sets.at(table.set).definition.title, RightName(table.right));
  chart.x_name = fmt::format("top-{} accuracy, %", definition.compare_at);
  chart.value_name = "measured, with its 95 % interval";
  for (const RowFindings& row : table.rows) {
    IntervalRow& drawn = chart.rows.emplace_back();
    drawn.name = definition.Variant(row.variant).title;
    drawn.value = 100 * row.means[compared];
    drawn.low = 100 * row.intervals[compared].low;
    drawn.high = 100 * row.intervals[compared].high;
    if (reported.empty()) continue;
    drawn.other = ReportedAt(*reported.front(), row.variant, definition.compare_at);
    if (drawn.other) chart.other_name = "reported [1], on other data";
  }
  return DrawIntervalChart(chart);
}

// Accuracy over the number of examples, from 0 of an encoder that is not trained; BM25 is a level
// line.
Figure CurveOf(const ExperimentSteps& experiment, const TableFindings& table) {
  const Definition& definition = experiment.definition;
  const size_t compared = ComparedColumn(definition);
  LineChart chart;
  chart.title = fmt::format("{}: {}, over the examples",
                            experiment.sets.at(table.set).definition.title, RightName(table.right));
  chart.x_name = "training examples";
  chart.y_name = fmt::format("top-{} accuracy, %", definition.compare_at);
  std::map<std::string, ChartSeries> by_encoder;
  double last = 1;
  for (const RowFindings& row : table.rows) {
    const VariantDefinition& variant = definition.Variant(row.variant);
    const auto examples = static_cast<double>(experiment.variants.at(row.variant).examples);
    if (variant.encoder.empty()) continue;
    ChartSeries& series = by_encoder[variant.encoder];
    series.name = definition.Encoder(variant.encoder).title;
    series.dots = true;
    series.points.push_back({examples, 100 * row.means[compared]});
    series.band.push_back(
        {examples, 100 * row.intervals[compared].low, 100 * row.intervals[compared].high});
    last = std::max(last, examples);
  }
  for (auto& [name, series] : by_encoder) {
    const auto by_x = [](const auto& a, const auto& b) { return a.x < b.x; };
    std::sort(series.points.begin(), series.points.end(), by_x);
    std::sort(series.band.begin(), series.band.end(), by_x);
    series.colour = chart.series.size();
    chart.series.push_back(std::move(series));
  }
  for (const RowFindings& row : table.rows) {
    const VariantDefinition& variant = definition.Variant(row.variant);
    if (!variant.bm25) continue;
    ChartSeries level;
    level.name = variant.title;
    level.points = {{0, 100 * row.means[compared]}, {last, 100 * row.means[compared]}};
    level.colour = chart.series.size();
    level.faint = true;
    chart.series.push_back(std::move(level));
  }
  return DrawLineChart(chart);
}

}  // namespace

void AddTables(const ExperimentSteps& experiment, const ExperimentFindings& findings, Size size,
               HtmlPage& page) {
  const bool smoke = size == Size::kSmoke;
  for (const SetDefinition& set : experiment.definition.sets) {
    const auto tables = TablesOf(findings, set.name);
    if (tables.empty()) continue;
    page.AddParagraph(set.title);
    AddOverview(experiment, tables, smoke, page);
    for (const TableFindings* table : tables) AddDetail(experiment, *table, smoke, page);
  }
}

void AddCharts(const ExperimentSteps& experiment, const ExperimentFindings& findings,
               HtmlPage& page) {
  std::vector<Figure> figures;
  for (const TableFindings& table : findings.tables) {
    if (table.right == Right::kStrict) continue;
    if (experiment.definition.curve) figures.push_back(CurveOf(experiment, table));
    figures.push_back(IntervalsOf(experiment, table));
  }
  page.AddFigures(figures);
}

}  // namespace dpr
