#include "dpr/report/thinned_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ThinnedCurve::ThinnedCurve(size_t most_columns) : most_columns_(most_columns) {
  DPR_CHECK(most_columns >= 2);
}

void ThinnedCurve::Add(ChartPoint point) {
  DPR_CHECK(std::isfinite(point.x) && (columns_.empty() || point.x >= last_x()));
  if (columns_.empty()) {
    origin_ = point.x;
    width_ = 0;
  }
  if (!columns_.empty() && FallsIntoLast(point.x)) {
    AddTo(columns_.back(), point);
    return;
  }
  columns_.push_back(ColumnOf(point));
  while (columns_.size() > most_columns_) Widen();
}

void ThinnedCurve::ForgetFrom(double x) {
  while (!columns_.empty() && columns_.back().first_x >= x) columns_.pop_back();
  if (columns_.empty() || columns_.back().last_x < x) return;
  const std::vector<ChartPoint> kept = Kept(columns_.back());
  const double first_x = columns_.back().first_x;
  columns_.pop_back();
  Column column;
  column.first_x = column.last_x = first_x;
  for (const ChartPoint& point : kept) {
    if (point.x < x) AddTo(column, point);
  }
  columns_.push_back(column);
}

double ThinnedCurve::last_x() const {
  DPR_CHECK(!columns_.empty());
  return columns_.back().last_x;
}

std::vector<ChartPoint> ThinnedCurve::Points() const {
  std::vector<ChartPoint> points;
  for (const Column& column : columns_) {
    const std::vector<ChartPoint> kept = Kept(column);
    points.insert(points.end(), kept.begin(), kept.end());
  }
  return points;
}

std::vector<ChartPoint> ThinnedCurve::Smoothed(double fraction) const {
  const size_t count = columns_.size();
  const auto half = static_cast<size_t>(std::max(0.0, fraction) * static_cast<double>(count) / 2);
  std::vector<ChartPoint> means;
  for (size_t i = 0; i < count; ++i) {
    // At the beginning, where curves are steep, little further ahead than back, so that it does
    // not lag.
    const size_t back = std::min(half, i);
    const size_t ahead = std::min(std::max(back, half / 4), count - 1 - i);
    double sum = 0;
    int64_t finite = 0;
    for (size_t k = i - back; k <= i + ahead; ++k) {
      sum += columns_[k].sum;
      finite += columns_[k].finite;
    }
    const double x = (columns_[i].first_x + columns_[i].last_x) / 2;
    means.push_back({x, finite > 0 ? sum / static_cast<double>(finite) : kNan});
  }
  return means;
}

void ThinnedCurve::AddTo(Column& column, ChartPoint point) {
  column.last_x = point.x;
  if (!std::isfinite(point.y)) {
    if (!column.has_gap) column.gap_x = point.x;
    column.has_gap = true;
    return;
  }
  if (column.finite == 0) column.first = column.lowest = column.highest = point;
  if (point.y < column.lowest.y) column.lowest = point;
  if (point.y > column.highest.y) column.highest = point;
  column.last = point;
  ++column.finite;
  column.sum += point.y;
}

std::vector<ChartPoint> ThinnedCurve::Kept(const Column& column) {
  std::vector<ChartPoint> kept;
  if (column.finite > 0) kept = {column.first, column.lowest, column.highest, column.last};
  if (column.has_gap) kept.push_back({column.gap_x, kNan});
  std::stable_sort(kept.begin(), kept.end(),
                   [](const ChartPoint& a, const ChartPoint& b) { return a.x < b.x; });
  const auto same = [](const ChartPoint& a, const ChartPoint& b) {
    return a.x == b.x && a.y == b.y;
  };
  kept.erase(std::unique(kept.begin(), kept.end(), same), kept.end());
  return kept;
}

ThinnedCurve::Column ThinnedCurve::ColumnOf(ChartPoint point) {
  Column column;
  column.first_x = point.x;
  AddTo(column, point);
  return column;
}

void ThinnedCurve::Merge(Column& into, const Column& next) {
  into.last_x = next.last_x;
  if (!into.has_gap && next.has_gap) into.gap_x = next.gap_x;
  into.has_gap = into.has_gap || next.has_gap;
  if (next.finite == 0) return;
  if (into.finite == 0) {
    into.first = next.first;
    into.lowest = next.lowest;
    into.highest = next.highest;
  }
  if (next.lowest.y < into.lowest.y) into.lowest = next.lowest;
  if (next.highest.y > into.highest.y) into.highest = next.highest;
  into.last = next.last;
  into.finite += next.finite;
  into.sum += next.sum;
}

bool ThinnedCurve::FallsIntoLast(double x) const {
  const double last = columns_.back().first_x;
  if (width_ == 0) return x == last;
  return std::floor((x - origin_) / width_) == std::floor((last - origin_) / width_);
}

void ThinnedCurve::Widen() {
  const double span = columns_.back().first_x - origin_;
  width_ = width_ == 0 ? 2 * span / static_cast<double>(most_columns_) : 2 * width_;
  std::vector<Column> narrow = std::move(columns_);
  columns_.clear();
  for (Column& column : narrow) {
    if (!columns_.empty() && FallsIntoLast(column.first_x)) {
      Merge(columns_.back(), column);
    } else {
      columns_.push_back(column);
    }
  }
}

}  // namespace dpr
