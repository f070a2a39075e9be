#include "dpr/data/json_numbers.h"

#include <gtest/gtest.h>

#include <string>

namespace dpr {
namespace {

TEST(QuoteInexactNumbers, WhatIsHeldAsItIsStays) {
  for (const char* json : {"0",
                           "-0",
                           "12",
                           "-9223372036854775808",
                           "18446744073709551615",
                           "0.1",
                           "1.50",
                           "1e5",
                           "2.5E-3",
                           "1e308",
                           "5e-324",
                           "1.7976931348623157e308",
                           "0.30000000000000004",
                           "0e999999",
                           "0.000",
                           "{\"a\":[1,2.5,{\"b\":-3}]}",
                           "\"123456789012345678901234567890\"",
                           "\"\\\"123456789012345678901\"",
                           "",
                           "\"",
                           "\"\\",
                           "-",
                           "[",
                           "true"}) {
    EXPECT_EQ(QuoteInexactNumbers(json), json);
  }
}

TEST(QuoteInexactNumbers, WhatWouldBeRefusedOrRoundedBecomesItsDigits) {
  for (const char* json :
       {"18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1e309",
        "-1e400", "1e-400", "3.14159265358979323846", "1e99999999999999999999",
        "0.1000000000000000055511151231257827"}) {
    EXPECT_EQ(QuoteInexactNumbers(json), "\"" + std::string(json) + "\"");
  }
  EXPECT_EQ(QuoteInexactNumbers("{\"a\":[1e400,1,\"1e400\"],\"b\":18446744073709551616}"),
            "{\"a\":[\"1e400\",1,\"1e400\"],\"b\":\"18446744073709551616\"}");
}

TEST(QuoteInexactNumbers, WhatIsNoNumberIsLeftToTheParser) {
  for (const char* json : {"01", "1.", ".5", "1e", "1e+", "--1", "1.e5", "+1", "0x10"}) {
    EXPECT_EQ(QuoteInexactNumbers(json), json);
  }
}

}  // namespace
}  // namespace dpr
