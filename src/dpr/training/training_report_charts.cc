#include "dpr/training/training_report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dpr/report/format.h"
#include "dpr/report/line_chart.h"

namespace dpr {
namespace {

constexpr double kWindow = 0.04;  // of the steps: what a smoothed line is the mean of
constexpr double kFewestInWindow = 10;
constexpr size_t kFewPoints = 40;  // no more than these need no smoothing
constexpr size_t kBlue = 0, kOrange = 1, kGreen = 2;

const ThinnedCurve* Find(const std::map<std::string, ThinnedCurve>& curves,
                         const std::string& key) {
  const auto found = curves.find(key);
  return found == curves.end() || found->second.empty() ? nullptr : &found->second;
}

LineChart ChartOf(std::string title, std::string note) {
  LineChart chart;
  chart.title = std::move(title);
  chart.note = std::move(note);
  chart.x_name = "step";
  return chart;
}

ChartSeries SeriesOf(std::string name, std::vector<ChartPoint> points, size_t colour) {
  ChartSeries series;
  series.name = std::move(name);
  series.points = std::move(points);
  series.colour = colour;
  return series;
}

bool IsSmoothed(const ThinnedCurve& curve) { return curve.Points().size() > kFewPoints; }

// As IsSmoothed() says, means or the values themselves.
std::vector<ChartPoint> MeansOf(const ThinnedCurve& curve) {
  const double fewest = kFewestInWindow / static_cast<double>(curve.Points().size());
  return curve.Smoothed(IsSmoothed(curve) ? std::max(kWindow, fewest) : 0);
}

// The value of each step, faint, and the mean of the steps around; few steps as they are.
void AddSmoothed(LineChart& chart, const ThinnedCurve& curve, size_t colour) {
  chart.series.push_back(SeriesOf("each step", curve.Points(), colour));
  if (!IsSmoothed(curve)) return;
  chart.series.back().faint = true;
  chart.series.push_back(SeriesOf("mean of the steps around", MeansOf(curve), colour));
}

class Figures {
 public:
  explicit Figures(const TrainingHistory& history) : history_(history) {}

  // A chart of one quantity of the steps, if the log has it.
  void AddStepChart(const char* key, LineChart chart) {
    const ThinnedCurve* curve = Find(history_.curves, key);
    if (curve == nullptr) return;
    AddSmoothed(chart, *curve, kBlue);
    figures_.push_back(DrawLineChart(chart));
  }

  // As AddStepChart, of what has no noise.
  void AddPlainChart(const char* key, LineChart chart) {
    const ThinnedCurve* curve = Find(history_.curves, key);
    if (curve == nullptr) return;
    chart.series.push_back(SeriesOf("", curve->Points(), kBlue));
    figures_.push_back(DrawLineChart(chart));
  }

  void AddDevMetric();
  void AddDevAccuracy();
  void AddPretraining();
  void AddScores();
  void AddScale();
  void MarkBest(LineChart& chart, const std::string& metric) const;
  std::vector<Figure> Take() { return std::move(figures_); }

 private:
  const TrainingHistory& history_;
  std::vector<Figure> figures_;
};

void Figures::MarkBest(LineChart& chart, const std::string& metric) const {
  if (history_.bests.empty() || history_.bests.back().metric != metric) return;
  const DevFigures& best = history_.bests.back();
  chart.markers.push_back({{best.step, best.value},
                           fmt::format("best: {} at step {}", DevFigureText(best.value),
                                       FormatCount(std::llround(best.step))),
                           kOrange});
}

void Figures::AddDevMetric() {
  if (!history_.last_dev) return;
  const std::string& metric = history_.last_dev->metric;
  if (metric == "accuracy" && Find(history_.dev_curves, "accuracy_5") != nullptr) return;
  const ThinnedCurve* curve = Find(history_.dev_curves, "value " + metric);
  if (curve == nullptr) return;
  const std::string name = DevMetricTitle(metric);
  LineChart chart = ChartOf("Dev set: " + name, "");
  chart.series.push_back(SeriesOf(name, curve->Points(), kGreen));
  chart.series.back().dots = true;
  MarkBest(chart, metric);
  figures_.push_back(DrawLineChart(chart));
}

void Figures::AddDevAccuracy() {
  LineChart chart = ChartOf("Dev set: accuracy over the pool",
                            "the share of questions whose positive is among the best k passages");
  size_t colour = 0;
  for (const char* key : {"accuracy_20", "accuracy_5", "accuracy_1"}) {
    const ThinnedCurve* curve = Find(history_.dev_curves, key);
    if (curve == nullptr) continue;
    chart.series.push_back(SeriesOf(DevFigureName(key), curve->Points(), colour++));
    chart.series.back().dots = true;
  }
  if (chart.series.empty()) return;
  if (history_.last_dev && history_.last_dev->metric == "accuracy") MarkBest(chart, "accuracy");
  figures_.push_back(DrawLineChart(chart));
}

// Of masked words and next sentences.
void Figures::AddPretraining() {
  AddStepChart("word_loss", ChartOf("Loss of masked pieces", "of the steps"));
  AddStepChart("word_accuracy", ChartOf("Masked pieces right", "of the steps"));
  AddStepChart("next_accuracy", ChartOf("Next sentences right", "of the steps"));
  LineChart chart = ChartOf("Held back: shares right", "");
  size_t colour = 0;
  for (const char* key : {"word_accuracy", "next_accuracy"}) {
    const ThinnedCurve* curve = Find(history_.dev_curves, key);
    if (curve == nullptr) continue;
    chart.series.push_back(SeriesOf(DevFigureName(key), curve->Points(), colour++));
    chart.series.back().dots = true;
  }
  if (!chart.series.empty()) figures_.push_back(DrawLineChart(chart));
}

// Means of the same steps for all three curves, so that the band belongs to its line.
void Figures::AddScores() {
  LineChart chart =
      ChartOf("Spread of the scores", "of questions with their own passages and with all others");
  if (const ThinnedCurve* positives = Find(history_.curves, "positive_mean")) {
    chart.series.push_back(SeriesOf("positives", MeansOf(*positives), kGreen));
  }
  if (const ThinnedCurve* negatives = Find(history_.curves, "negative_mean")) {
    chart.series.push_back(SeriesOf("negatives", MeansOf(*negatives), kOrange));
    const ThinnedCurve* curve = Find(history_.curves, "negative_deviation");
    const std::vector<ChartPoint> deviation = curve ? MeansOf(*curve) : std::vector<ChartPoint>{};
    ChartSeries& series = chart.series.back();
    if (deviation.size() == series.points.size()) {
      for (size_t i = 0; i < deviation.size(); ++i) {
        const auto [x, mean] = series.points[i];
        series.band.push_back({x, mean - deviation[i].y, mean + deviation[i].y});
      }
      series.band_name = "± one standard deviation";
    }
  }
  if (!chart.series.empty()) figures_.push_back(DrawLineChart(chart));
}

// Only when it is learned: a constant is among the settings.
void Figures::AddScale() {
  const ThinnedCurve* curve = Find(history_.curves, "scale");
  if (curve == nullptr) return;
  const std::vector<ChartPoint> points = curve->Points();
  if (std::all_of(points.begin(), points.end(), [&](const ChartPoint& point) {
        return point.y == points[0].y || std::isnan(point.y);
      })) {
    return;
  }
  AddPlainChart("scale", ChartOf("Scale of the cosine", "learned with the weights"));
}

}  // namespace

std::vector<Figure> TrainingFigures(const TrainingHistory& history) {
  Figures figures(history);
  LineChart loss = ChartOf("Loss", "");
  loss.y_from_zero = true;
  figures.AddStepChart("loss", std::move(loss));
  figures.AddDevMetric();
  figures.AddStepChart("accuracy",
                       ChartOf("Accuracy in the batch",
                               "the share of questions whose positive scores above all negatives"));
  figures.AddDevAccuracy();
  figures.AddPretraining();
  figures.AddScores();
  LineChart norm = ChartOf("Gradient norm", "before clipping; logarithmic");
  norm.log_y = true;
  figures.AddStepChart("gradient_norm", std::move(norm));
  LineChart rate = ChartOf("Learning rate", "");
  rate.y_from_zero = true;
  figures.AddPlainChart("learning_rate", std::move(rate));
  figures.AddScale();
  LineChart speed = ChartOf("Speed", "real tokens a second: nothing is padded");
  speed.y_from_zero = true;
  figures.AddStepChart("tokens_per_second", std::move(speed));
  return figures.Take();
}

std::pair<double, std::string> LossNow(const TrainingHistory& history) {
  const ThinnedCurve* curve = Find(history.curves, "loss");
  if (curve == nullptr) return {std::numeric_limits<double>::quiet_NaN(), ""};
  return {MeansOf(*curve).back().y,
          IsSmoothed(*curve) ? "mean of the last steps" : "of the last step"};
}

std::string DevFigureName(const std::string& key) {
  if (key == "nll") return "NLL";
  if (key == "accuracy") return "accuracy in the batch";
  if (key == "word_loss") return "loss of masked pieces";
  if (key == "word_accuracy") return "masked pieces right";
  if (key == "next_loss") return "loss of next sentences";
  if (key == "next_accuracy") return "next sentences right";
  if (key == "words") return "masked pieces";
  if (key.starts_with("accuracy_")) return "accuracy at " + key.substr(9);
  std::string name = key;
  std::replace(name.begin(), name.end(), '_', ' ');
  std::replace(name.begin(), name.end(), '-', ' ');
  return name;
}

std::string DevMetricTitle(const std::string& metric) {
  return metric == "accuracy" ? "accuracy at 5" : DevFigureName(metric);
}

std::string DevFigureText(double value) {
  const double size = std::abs(value);
  return size < 100 ? FormatFixed(value, size < 10 ? 3 : 2) : FormatMeasured(value);
}

}  // namespace dpr
