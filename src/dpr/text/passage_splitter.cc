#include "dpr/text/passage_splitter.h"

#include <fmt/format.h>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"

namespace dpr {
namespace {

void CheckOptions(const SplitOptions& options) {
  if (options.words < 1) {
    throw Error(ErrorCode::kUsage, fmt::format("passages of {} words", options.words), "",
                "Give at least 1 word for a passage");
  }
  if (options.overlap < 0 || options.overlap >= options.words) {
    throw Error(ErrorCode::kUsage,
                fmt::format("an overlap of {} words between passages of {}", options.overlap,
                            options.words),
                "", "Give an overlap from 0 to below the number of words");
  }
}

// The next maximal run of non-white-space at or behind `at`, which moves behind it; empty at the
// end.
std::string_view NextWord(std::string_view text, size_t& at) {
  size_t begin = at;
  while (at < text.size()) {
    const size_t here = at;
    if (bert_characters::IsWhiteSpace(NextCodePoint(text, at))) {
      if (here > begin) return text.substr(begin, here - begin);
      begin = at;
    }
  }
  return text.substr(begin);
}

std::string Join(const std::vector<std::string_view>& words) {
  std::string passage;
  for (const std::string_view word : words) {
    if (!passage.empty()) passage += ' ';
    passage += word;
  }
  return passage;
}

}  // namespace

std::vector<std::string> SplitIntoPassages(std::string_view text, const SplitOptions& options) {
  CheckOptions(options);
  const auto words = static_cast<size_t>(options.words);
  const std::ptrdiff_t step = options.words - options.overlap;
  std::vector<std::string> passages;
  std::vector<std::string_view> window;
  bool has_new_word = false;  // since the last passage
  size_t at = 0;
  for (std::string_view word; !(word = NextWord(text, at)).empty();) {
    if (window.size() == words) window.erase(window.begin(), window.begin() + step);
    window.push_back(word);
    has_new_word = window.size() < words;
    if (!has_new_word) passages.push_back(Join(window));
  }
  if (has_new_word) passages.push_back(Join(window));
  return passages;
}

}  // namespace dpr
