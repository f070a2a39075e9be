// An axis of a chart: from values to positions, with ticks at round numbers.
//
// Linear ticks are 1, 2 or 5 times a power of ten apart. Logarithmic ticks stand at powers of ten,
// also at their twos and fives where fewer than three powers show; over less than a decade they
// are linear ones.
#pragma once

#include <string>
#include <vector>

namespace dpr {

struct Tick {
  double value = 0;
  std::string label;  // "0.25", "10,000", "2e-5"
};

// Values beyond are as good as infinite to a chart: their differences would overflow.
constexpr double kLargestOnAxis = 1e150;

struct AxisOptions {
  bool log = false;         // needs lowest > 0
  bool round_ends = false;  // the ends move outwards to ticks; else they stay
  bool whole = false;       // whole numbers, as counts are: no ticks between them
  int ticks = 5;            // about so many
};

class Axis {
 public:
  // Of values from `lowest` to `highest`, finite and within kLargestOnAxis. Where they are equal,
  // the axis reaches a little to both sides.
  Axis(double lowest, double highest, const AxisOptions& options);

  // 0 at the axis' lower end, 1 at its upper; beyond these for values outside.
  double Position(double value) const;
  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  bool log() const { return log_; }
  const std::vector<Tick>& ticks() const { return ticks_; }

 private:
  void PlaceLinearTicks(const AxisOptions& options);
  void PlaceLogTicks(const AxisOptions& options);

  double lowest_, highest_;
  bool log_;
  std::vector<Tick> ticks_;
};

}  // namespace dpr
