// The answers of a file of questions, looked at before the work on them begins, so that one message
// names all that cannot be looked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/data/records.h"
#include "dpr/text/answer_match.h"

namespace dpr {

// An answer that is no regular expression where it should be one.
enum class BadPatterns {
  kRefuse,
  kMatchNothing,  // as in DPR's evaluation
};

// Memory is bounded: beyond the first few dozen problems, they are only counted.
class AnswerCheck {
 public:
  AnswerCheck(MatchMode match, BadPatterns bad_patterns);

  // `where`: the question's place, for messages. `needed`: it must have answers.
  void Add(const Question& question, const std::string& where, bool needed = true);
  // kInvalid with the questions without answers and the answers that are refused; a note about
  // those that match nothing.
  void Finish(const Path& file, Progress& progress) const;

 private:
  struct Problems {
    int64_t count = 0;
    std::vector<std::string> first;

    void Add(std::string problem);
    std::string List() const;  // a line each
  };

  MatchMode match_;
  BadPatterns bad_patterns_;
  bool any_missing_ = false, any_pattern_ = false;
  Problems refused_, accepted_;
};

}  // namespace dpr
