#include "dpr/data/line_window.h"

#include <algorithm>

namespace dpr {
namespace {

constexpr size_t kWorthErasing = size_t{1} << 20;

}  // namespace

bool LineWindow::Next() {
  line_number_ += text_lines_;
  text_lines_ = 0;
  begin_ = end_;
  in_window_ = begin_ < window_.size();
  if (!in_window_) {
    window_.clear();
    begin_ = end_ = 0;
    line_ = {};
    const bool found = lines_.NextWithEnd(line_);
    line_number_ = lines_.line_number();
    text_lines_ = found ? 1 : 0;
    return found;
  }
  if (begin_ >= kWorthErasing && begin_ >= window_.size() / 2) {
    window_.erase(0, begin_);
    begin_ = end_ = 0;
  }
  return Extend();
}

bool LineWindow::Extend() {
  if (!in_window_) {
    window_.assign(line_);
    begin_ = 0;
    end_ = window_.size();
    in_window_ = true;
  }
  if (end_ == window_.size()) {
    std::string_view line;
    if (!lines_.NextWithEnd(line)) return false;
    window_.append(line);
  }
  const size_t newline = window_.find('\n', end_);
  end_ = newline == std::string::npos ? window_.size() : newline + 1;
  ++text_lines_;
  return true;
}

void LineWindow::GiveBack(size_t offset) {
  const std::string_view kept = text().substr(0, offset);
  text_lines_ = static_cast<uint64_t>(std::count(kept.begin(), kept.end(), '\n'));
  end_ = begin_ + offset;
}

}  // namespace dpr
