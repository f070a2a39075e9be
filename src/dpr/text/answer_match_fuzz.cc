// The first byte says how to match; the answer ends at the first line feed, the rest is a passage.
// Nothing may come out but yes and no: no crash, no hang, no exception.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/text/answer_match.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::vector<std::string> answers = {std::string(input.substr(0, end))};
  const std::string_view passage = input.substr(std::min(end + 1, input.size()));
  const auto mode = data[0] % 2 == 0 ? dpr::MatchMode::kString : dpr::MatchMode::kRegex;
  const dpr::AnswerMatcher matcher(answers, mode);
  const bool found = matcher.Matches(passage);
  if (found && !matcher.bad_patterns().empty()) __builtin_trap();
  // What is not rejected as an answer stands in itself.
  if (mode == dpr::MatchMode::kString && !matcher.Matches(answers[0])) __builtin_trap();
  return 0;
}
