// What every sub-command shares. A command is one file, command_NAME.cc, with one function that
// adds its options and its action to the program; main.cc lists them.
#pragma once

#include <memory>
#include <string>

#include "dpr/base/progress.h"

namespace CLI {
class App;
}

namespace dpr::cli {

// Options that every command takes.
struct Session {
  bool json = false;
  bool quiet = false;
  int threads = 0;           // 0: all cores
  std::string command_line;  // as the program was called

  // Draws on stderr; says nothing with --quiet.
  std::unique_ptr<Progress> MakeProgress() const;
};

void AddIndexCommand(CLI::App& program, const Session& session);
void AddDeleteCommand(CLI::App& program, const Session& session);
void AddCompactCommand(CLI::App& program, const Session& session);
void AddOptimizeCommand(CLI::App& program, const Session& session);
void AddSearchCommand(CLI::App& program, const Session& session);
void AddEvalCommand(CLI::App& program, const Session& session);
void AddEncodeCommand(CLI::App& program, const Session& session);
void AddInspectCommand(CLI::App& program, const Session& session);
void AddMineCommand(CLI::App& program, const Session& session);
void AddPretrainCommand(CLI::App& program, const Session& session);
void AddTrainCommand(CLI::App& program, const Session& session);
void AddReproduceCommand(CLI::App& program, const Session& session);
void AddImportCommand(CLI::App& program, const Session& session);
void AddExportCommand(CLI::App& program, const Session& session);
void AddBenchCommand(CLI::App& program, const Session& session);

}  // namespace dpr::cli
