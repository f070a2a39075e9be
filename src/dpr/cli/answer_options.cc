#include "dpr/cli/answer_options.h"

#include <CLI/CLI.hpp>

namespace dpr::cli {

CLI::Option* AnswerOptions::AddTo(CLI::App& command) {
  CLI::Option* const how =
      command
          .add_option("--match", match,
                      "how an answer is found in a passage: string or regex (default: string)")
          ->check(CLI::IsMember({"string", "regex"}));
  command
      .add_flag("--skip-bad", skip_bad,
                "with --match regex: an answer that is no regular expression matches nothing, as "
                "in DPR's evaluation, instead of being an error")
      ->needs(how);
  return how;
}

}  // namespace dpr::cli
