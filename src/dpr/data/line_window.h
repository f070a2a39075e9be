// A stream of lines of which one can take several as one text, and give some of them back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dpr/base/stream.h"

namespace dpr {

// Lines keep their ends. A text of one line is a view into the stream's buffer, without a copy.
// Not thread-safe.
class LineWindow {
 public:
  LineWindow(std::unique_ptr<ByteStream> stream, size_t longest_line)
      : lines_(std::move(stream), longest_line) {}

  bool Next();    // the text becomes the line behind it; false at the end
  bool Extend();  // the text grows by the line behind it; false at the end
  // The lines of the text from byte `offset` on, which begins one of them, are read again by
  // Next().
  void GiveBack(size_t offset);

  // Valid until the next call of Next or Extend.
  std::string_view text() const {
    return in_window_ ? std::string_view(window_).substr(begin_, end_ - begin_) : line_;
  }
  uint64_t line_number() const { return line_number_; }  // of the text's first line
  const std::string& name() const { return lines_.name(); }

 private:
  LineReader lines_;
  std::string_view line_;   // the text, where it is one line straight from the stream
  bool in_window_ = false;  // else it is these bytes of the window:
  size_t begin_ = 0, end_ = 0;
  std::string window_;  // behind end_ are lines that were given back
  uint64_t line_number_ = 0, text_lines_ = 0;
};

}  // namespace dpr
