// How documents become passages, as commands that index them are told.
#pragma once

#include <CLI/CLI.hpp>

#include "dpr/collection/collection_writer.h"

namespace dpr::cli {

inline void AddSplitOptions(CLI::App& command, IndexOptions& options) {
  command
      .add_option("--words", options.words,
                  "words of a passage of a document (default: as before, at first 100)")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--overlap", options.overlap,
                  "words that a passage repeats of the one before (default: as before, at first 0)")
      ->check(CLI::Range(0, 1 << 20));
}

}  // namespace dpr::cli
