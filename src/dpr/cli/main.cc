// The dpr program: parses the command line, runs one sub-command, turns errors into sentences and
// exit codes. 0 done, 1 failed, 2 wrong usage.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string_view>

#include "dpr/base/cpu.h"
#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/cli/command.h"
#include "dpr/cli/usage_error.h"
#include "dpr/cli/version.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr index handbook/ -o handbook.dpr --model all-MiniLM-L6-v2/
  dpr search handbook.dpr "How do I upgrade the whole system?"

`dpr COMMAND --help` explains a command.)";

void SetUp(CLI::App& program, Session& session) {
  program.require_subcommand(1);
  program.fallthrough();
  program.set_version_flag("--version", VersionText());
  program.set_help_flag("-h,--help", "print this help and stop");
  program.footer(kFooter);
  program.add_option("--threads", session.threads, "compute threads (default: all cores)")
      ->check(CLI::Range(1, 1024));
  program.add_flag("--json", session.json, "print one JSON object instead of text");
  program.add_flag("--quiet", session.quiet, "no progress and no notes on stderr");
  program.parse_complete_callback([&session] {
    RequireSupportedCpu();
    if (session.threads > 0) SetThreadCount(session.threads);
  });
  AddIndexCommand(program, session);
  AddSearchCommand(program, session);
  AddEvalCommand(program, session);
  AddEncodeCommand(program, session);
  AddInspectCommand(program, session);
  AddDeleteCommand(program, session);
  AddCompactCommand(program, session);
  AddOptimizeCommand(program, session);
  AddMineCommand(program, session);
  AddTrainCommand(program, session);
  AddPretrainCommand(program, session);
  AddReproduceCommand(program, session);
  AddImportCommand(program, session);
  AddExportCommand(program, session);
  AddBenchCommand(program, session);
}

// Reading a damaged file of a library's (Xapian's checks nothing as it reads), or one that was cut
// while it was mapped, may end the process: at least with a word about what to do.
extern "C" void SayWhatMayBeDamaged(int signal) {
  constexpr std::string_view kMessage =
      "dpr: crashed: a file that it reads may be damaged or cut short; `dpr inspect COLLECTION "
      "--verify` names it\n";
  static_cast<void>(!::write(STDERR_FILENO, kMessage.data(), kMessage.size()));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A result that did not arrive is a failure.
void RequireWritten() {
  std::cout << std::flush;
  if (std::cout) return;
  throw Error(ErrorCode::kIo, "cannot write", "standard output",
              "Is the disk full, or has the reader gone?");
}

int Run(int argc, char** argv) {
  for (const int signal : {SIGSEGV, SIGBUS}) std::signal(signal, SayWhatMayBeDamaged);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is then an error that names the file
  CLI::App program("dpr: dense passage retrieval on ordinary CPUs", "dpr");
  Session session;
  for (int i = 0; i < argc; ++i) session.command_line += (i > 0 ? " " : "") + std::string(argv[i]);
  SetUp(program, session);
  try {
    program.parse(argc, argv);
    RequireWritten();
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      std::fprintf(stderr, "dpr: %s\n", UsageError(program, error).what());
      return 2;
    }
    program.exit(error);  // prints what --help or --version asked for
    std::cout << std::flush;
    if (std::cout) return 0;
    std::fprintf(stderr, "dpr: cannot write to standard output\n");
  } catch (const Error& error) {
    std::fprintf(stderr, "dpr: %s\n", error.what());
    return error.code() == ErrorCode::kUsage ? 2 : 1;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "dpr: out of memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dpr: unexpected: %s\n", error.what());
  }
  return 1;
}

}  // namespace
}  // namespace dpr::cli

int main(int argc, char** argv) { return dpr::cli::Run(argc, argv); }
