#include "dpr/report/format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dpr {
namespace {

TEST(Format, CountsHaveThousandsSeparators) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(21015324), "21,015,324");
  EXPECT_EQ(FormatCount(-999), "-999");
  EXPECT_EQ(FormatCount(-123456), "-123,456");
  EXPECT_EQ(FormatCount(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Format, FixedNumbersHaveNoNegativeZero) {
  EXPECT_EQ(FormatFixed(0.58312, 4), "0.5831");
  EXPECT_EQ(FormatFixed(-0.00001, 4), "0.0000");
  EXPECT_EQ(FormatFixed(-0.5, 1), "-0.5");
  EXPECT_EQ(FormatFixed(3, 0), "3");
  EXPECT_EQ(FormatFixed(std::nan(""), 4), "-");
}

TEST(Format, MeasuredValuesKeepFourFigures) {
  EXPECT_EQ(FormatMeasured(0.78514), "0.7851");
  EXPECT_EQ(FormatMeasured(4.12345), "4.123");
  EXPECT_EQ(FormatMeasured(20052.56), "20,053");
  EXPECT_EQ(FormatMeasured(999.96), "1,000");
  EXPECT_EQ(FormatMeasured(-1234.5), "-1,235") << "llround rounds halves away from zero";
  EXPECT_EQ(FormatMeasured(0), "0");
  EXPECT_EQ(FormatMeasured(std::numeric_limits<double>::infinity()), "-");
}

TEST(Format, BytesAreDecimalWithThreeDigits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(999), "999 B");
  EXPECT_EQ(FormatBytes(1000), "1.00 kB");
  EXPECT_EQ(FormatBytes(9994), "9.99 kB");
  EXPECT_EQ(FormatBytes(9996), "10.0 kB");
  EXPECT_EQ(FormatBytes(84'200'000), "84.2 MB");
  EXPECT_EQ(FormatBytes(999'499'999), "999 MB");
  EXPECT_EQ(FormatBytes(999'500'000), "1.00 GB");
  EXPECT_EQ(FormatBytes(1'300'000'000), "1.30 GB");
  EXPECT_EQ(FormatBytes(std::numeric_limits<uint64_t>::max()), "18.4 EB");
}

TEST(Format, DurationsUseTheUnitsThatPeopleSay) {
  EXPECT_EQ(FormatDuration(0), "0.00 ms");
  EXPECT_EQ(FormatDuration(0.00025), "0.25 ms");
  EXPECT_EQ(FormatDuration(0.35), "350 ms");
  EXPECT_EQ(FormatDuration(0.9996), "1.0 s");
  EXPECT_EQ(FormatDuration(12.34), "12.3 s");
  EXPECT_EQ(FormatDuration(59.94), "59.9 s");
  EXPECT_EQ(FormatDuration(59.96), "1 min 0 s");
  EXPECT_EQ(FormatDuration(192), "3 min 12 s");
  EXPECT_EQ(FormatDuration(3599.7), "1 h 0 min");
  EXPECT_EQ(FormatDuration(7512), "2 h 5 min");
  EXPECT_EQ(FormatDuration(3 * 86400 + 4 * 3600 + 59), "3 d 4 h");
  EXPECT_EQ(FormatDuration(-1), "-");
  EXPECT_EQ(FormatDuration(std::numeric_limits<double>::infinity()), "-");
}

TEST(Format, RatesKeepThreeDigitsOrAllWholeOnes) {
  EXPECT_EQ(FormatRate(1234.4, "passages"), "1,234 passages/s");
  EXPECT_EQ(FormatRate(99.96, "passages"), "100 passages/s");
  EXPECT_EQ(FormatRate(12.34, "passages"), "12.3 passages/s");
  EXPECT_EQ(FormatRate(1.234, "passages"), "1.23 passages/s");
  EXPECT_EQ(FormatRate(0.0523, "passages"), "0.052 passages/s");
  EXPECT_EQ(FormatRate(0, "bytes"), "0 bytes/s");
  EXPECT_EQ(FormatRate(std::nan(""), "bytes"), "-");
}

}  // namespace
}  // namespace dpr
