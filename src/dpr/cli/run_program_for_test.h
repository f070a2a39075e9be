// Runs the dpr program as a user would, for *_test.cc only.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/test_environment.h"

namespace dpr::cli::testing {

struct ProgramResult {
  int exit_code = -1;  // 128 + signal when killed
  std::string out, err;
};

// `input` becomes standard input. `environment` is put before the command, as a shell would read
// it.
inline ProgramResult RunDpr(const std::vector<std::string>& arguments,
                            const std::string& input = "", const std::string& environment = "") {
  const dpr::testing::TemporaryFolder folder;
  const Path in = folder.Write("in", input);
  const Path out = folder.path() / "out", err = folder.path() / "err";
  std::string command = environment + " '" DPR_BINARY "'";
  for (const std::string& argument : arguments) {
    command += " '";
    for (const char c : argument) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += "'";
  }
  command += " < " + in.string() + " > " + out.string() + " 2> " + err.string();
  const int status = std::system(command.c_str());
  ProgramResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = ReadFile(out);
  result.err = ReadFile(err);
  return result;
}

}  // namespace dpr::cli::testing
