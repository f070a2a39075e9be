// The options that say how answers are found in passages, the same in eval and mine.
#pragma once

#include <string>

#include "dpr/retrieval/answer_check.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace dpr::cli {

struct AnswerOptions {
  std::string match = "string";
  bool skip_bad = false;

  // Adds --match and --skip-bad; returns --match.
  CLI::Option* AddTo(CLI::App& command);
  MatchMode mode() const { return match == "regex" ? MatchMode::kRegex : MatchMode::kString; }
  BadPatterns bad_patterns() const {
    return skip_bad ? BadPatterns::kMatchNothing : BadPatterns::kRefuse;
  }
};

}  // namespace dpr::cli
