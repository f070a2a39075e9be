// Wrong usage names the culprit and what may have been meant.
#include <gmock/gmock.h>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::RunDpr;

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const ProgramResult result = RunDpr(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  return result.err;
}

TEST(UsageError, AnUnknownCommandIsNamedWithTheNearest) {
  EXPECT_EQ(ErrorOf({"serch", "x"}),
            "dpr: `serch` is no command of `dpr`. Did you mean `search`? `dpr --help` explains "
            "it\n");
  EXPECT_THAT(ErrorOf({"foo"}), AllOf(HasSubstr("`foo` is no command"), Not(HasSubstr("mean"))));
  EXPECT_THAT(ErrorOf({"bench", "serach"}), HasSubstr("Did you mean `search`? `dpr bench --help`"));
  EXPECT_THAT(ErrorOf({}), HasSubstr("`dpr` needs a command"));
}

TEST(UsageError, AnUnknownOptionIsNamedWithTheNearest) {
  EXPECT_THAT(ErrorOf({"search", "c.dpr", "q", "--mod", "dense"}),
              AllOf(HasSubstr("`dpr search` has no option `--mod`"), HasSubstr("mean `--mode`?")));
  EXPECT_THAT(ErrorOf({"index", "a", "-o", "c", "--skipbad"}), HasSubstr("mean `--skip-bad`?"));
  EXPECT_THAT(ErrorOf({"search", "c.dpr", "q", "--jsn"}), HasSubstr("mean `--json`?"))
      << "options of every command count too";
  EXPECT_THAT(ErrorOf({"search", "c.dpr", "q", "--zzz=1"}),
              AllOf(HasSubstr("no option `--zzz`"), Not(HasSubstr("mean"))));
  EXPECT_THAT(ErrorOf({"--zzz"}), HasSubstr("`dpr` has no option `--zzz`"));
}

TEST(UsageError, WhatIsMissingOrTooManyIsNamed) {
  EXPECT_THAT(ErrorOf({"compact", "a", "b"}), HasSubstr("`b` is one argument too many"));
  EXPECT_THAT(ErrorOf({"compact"}), HasSubstr("collection is required"));
  EXPECT_THAT(ErrorOf({"index", "a"}), HasSubstr("--output is required"));
  EXPECT_THAT(ErrorOf({"index", "a", "-o", "c", "--words", "abc"}),
              AllOf(HasSubstr("--words"), HasSubstr("abc"), HasSubstr("`dpr index --help`")));
  EXPECT_THAT(ErrorOf({"search", "c", "q", "--mode", "foo"}), HasSubstr("{dense,bm25,hybrid}"));
}

}  // namespace
}  // namespace dpr::cli
