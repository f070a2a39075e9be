// The curves of a training report. Internal to `training`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dpr/report/figure.h"
#include "dpr/training/training_report_history.h"

namespace dpr {

// One for each quantity that the log has, the loss first.
std::vector<Figure> TrainingFigures(const TrainingHistory& history);

// The loss at the end, smoothed as its curve is, and what it is the loss of. NaN where the log has
// none.
std::pair<double, std::string> LossNow(const TrainingHistory& history);

// How a dev figure is called on the page: "accuracy at 5" for "accuracy_5".
std::string DevFigureName(const std::string& key);
// The same for a metric: "accuracy" is the accuracy at 5 there, not the one in the batch.
std::string DevMetricTitle(const std::string& metric);
// A figure's value in three or four digits.
std::string DevFigureText(double value);

}  // namespace dpr
