// A curve of any number of points, kept in bounded memory without losing its extremes.
//
// The x axis is cut into columns of equal width, at most a given number of them; each keeps its
// first, lowest, highest and last point and whether it has a gap. When the curve grows beyond the
// last column, columns become twice as wide and merge in pairs. Drawn into no more pixels than
// columns, it looks like all its points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dpr {

struct ChartPoint {
  double x = 0, y = 0;
};

// Not thread-safe while points are added.
class ThinnedCurve {
 public:
  explicit ThinnedCurve(size_t most_columns = 1024);  // at least 2

  // `point.x` is finite and not below the last one's. A y that is not finite is a gap.
  void Add(ChartPoint point);
  // Takes back the points at `x` and behind. In the column that `x` falls in, which may have lost
  // some of the points before it, what was kept of them remains.
  void ForgetFrom(double x);

  bool empty() const { return columns_.empty(); }
  double last_x() const;  // not of an empty curve

  // At most 5 a column, in order; y is NaN at a gap.
  std::vector<ChartPoint> Points() const;
  // The mean of the points in a window over `fraction` of the columns around each column (at least
  // the column itself): one point a column, NaN where the window has none.
  std::vector<ChartPoint> Smoothed(double fraction) const;

 private:
  struct Column {
    ChartPoint first, lowest, highest, last;  // when finite > 0
    double first_x = 0, last_x = 0;           // of all, gaps too
    double gap_x = 0;                         // of the first gap, when has_gap
    bool has_gap = false;
    int64_t finite = 0;  // points that are no gaps, and the sum of their y
    double sum = 0;
  };
  static void AddTo(Column& column, ChartPoint point);
  static std::vector<ChartPoint> Kept(const Column& column);
  static Column ColumnOf(ChartPoint point);
  static void Merge(Column& into, const Column& next);
  bool FallsIntoLast(double x) const;
  void Widen();

  size_t most_columns_;
  double origin_ = 0, width_ = 0;  // width 0: a column for each x
  std::vector<Column> columns_;
};

}  // namespace dpr
