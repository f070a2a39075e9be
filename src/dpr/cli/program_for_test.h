// A collection of three passages, made by the program itself, for *_test.cc only.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli::testing {

inline std::string Model() { return (dpr::testing::TestData() / "encoder" / "st_mean").string(); }

class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("passages.jsonl",
                  R"({"_id": "a", "title": "Tides", "text": "The moon pulls the sea.", "year": 1687}
{"_id": "b", "title": "", "text": "Iron and air make rust."}
{"_id": "c", "title": "Empty", "text": ""}
)");
    const ProgramResult made =
        RunDpr({"index", At("passages.jsonl"), "-o", At("c.dpr"), "--model", Model()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }

  dpr::testing::TemporaryFolder folder_;
};

}  // namespace dpr::cli::testing
