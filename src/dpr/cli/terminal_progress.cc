#include "dpr/cli/terminal_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "dpr/cli/command.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kPlainLine = std::chrono::seconds(10);
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

TerminalProgress::TerminalProgress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

TerminalProgress::~TerminalProgress() {
  const std::lock_guard lock(mutex_);
  EndStage();
}

void TerminalProgress::Stage(const std::string& name, uint64_t total, const std::string& unit) {
  const std::lock_guard lock(mutex_);
  EndStage();
  name_ = name;
  unit_ = unit;
  detail_.clear();
  total_ = total;
  done_ = 0;
  begin_ = Clock::now();
  next_ = begin_ + (terminal_ ? kRedraw : kPlainLine);
}

void TerminalProgress::Advance(uint64_t count) {
  done_ += count;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock() && !name_.empty() && done_ != total_ && Clock::now() >= next_) Draw(false);
}

void TerminalProgress::Detail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  detail_ = text;
}

void TerminalProgress::Note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (terminal_ && drawn_) std::fputs(kClearLine, stderr);
  std::fprintf(stderr, "%s\n", text.c_str());
  drawn_ = false;
}

void TerminalProgress::Draw(bool last) {
  const auto now = Clock::now();
  const std::string line = Line(std::chrono::duration<double>(now - begin_).count());
  if (terminal_) {
    std::fprintf(stderr, "%s%s%s", kClearLine, line.c_str(), last ? "\n" : "");
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  drawn_ = !last;
  next_ = now + (terminal_ ? kRedraw : kPlainLine);
}

void TerminalProgress::EndStage() {
  if (!name_.empty() && done_ > 0) Draw(true);
  name_.clear();
}

std::string TerminalProgress::Line(double seconds) const {
  const int64_t done = static_cast<int64_t>(done_.load());
  const int64_t total = static_cast<int64_t>(total_);
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line = fmt::format("{}: {}", name_, FormatCount(done));
  if (total > 0) line += fmt::format(" of {}", FormatCount(total));
  line += fmt::format(" {}, {}", unit_, FormatRate(rate, unit_));
  if (total > done && rate > 0) {
    line += fmt::format(", {} left", FormatDuration(static_cast<double>(total - done) / rate));
  } else {
    line += fmt::format(", {}", FormatDuration(seconds));
  }
  return detail_.empty() ? line : line + ", " + detail_;
}

std::unique_ptr<Progress> Session::MakeProgress() const {
  if (quiet) return std::make_unique<NoProgress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace dpr::cli
