// Numbers of JSON that neither 64-bit integers nor doubles hold as they are written.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

// The JSON text with each number that a parser would refuse or round made a string of its digits:
// 123456789012345678901 becomes "123456789012345678901", as do 1e400 and 0.1000000000000000055.
// Anything else stays, malformed numbers too.
std::string QuoteInexactNumbers(std::string_view json);

}  // namespace dpr
