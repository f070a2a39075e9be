// Numbers as people read them. Independent of the locale; a number that is not finite is "-".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dpr {

std::string FormatCount(int64_t count);               // "1,234,567"
std::string FormatFixed(double value, int decimals);  // "0.5831"; never "-0.0000"
// A measured value of any size, to four figures or all whole ones: "0.7851", "4.123", "20,053".
std::string FormatMeasured(double value);
// Decimal, as disks are sold: 1 GB is 10^9 bytes. "512 B", "84.2 MB", "1.30 GB".
std::string FormatBytes(uint64_t bytes);
// "0.25 ms", "350 ms", "12.3 s", "3 min 12 s", "2 h 5 min", "3 d 4 h".
std::string FormatDuration(double seconds);
// `unit` in the plural: "1,234 passages/s", "12.3 passages/s".
std::string FormatRate(double per_second, std::string_view unit);

}  // namespace dpr
