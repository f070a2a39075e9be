#include "dpr/cli/bench_commands.h"

#include <CLI/CLI.hpp>

namespace dpr::cli {

void AddBenchCommand(CLI::App& program, const Session& session) {
  CLI::App* bench = program.add_subcommand("bench", "measure encoding and search on this machine");
  bench->require_subcommand(1);
  bench->fallthrough();
  AddBenchEncode(*bench, session);
  AddBenchSearch(*bench, session);
}

}  // namespace dpr::cli
