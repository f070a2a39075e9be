// What DPR's readers do to every question, in training and in search: the apostrophe U+2019 becomes
// a straight one. Of other formats the questions stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

inline std::string DprQuestion(std::string_view text) {
  constexpr std::string_view kCurly = "\u2019";
  std::string question(text);
  for (size_t at = question.find(kCurly); at != std::string::npos; at = question.find(kCurly, at)) {
    question.replace(at, kCurly.size(), "'");
  }
  return question;
}

}  // namespace dpr
