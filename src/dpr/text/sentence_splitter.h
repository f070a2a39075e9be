// Cuts a text into sentences by Unicode's rules (UAX #29, ICU's break iterator).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace dpr {

// For one caller at a time: it keeps the rules and a buffer from text to text.
class SentenceSplitter {
 public:
  SentenceSplitter();
  SentenceSplitter(SentenceSplitter&&) noexcept;
  SentenceSplitter& operator=(SentenceSplitter&&) noexcept;
  ~SentenceSplitter();

  // The sentences in order, without white space around them; views of `text`. Invalid UTF-8 is read
  // as U+FFFD.
  std::vector<std::string_view> Split(std::string_view text);

 private:
  struct Rules;
  std::unique_ptr<Rules> rules_;
};

}  // namespace dpr
