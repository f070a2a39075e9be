// Progress on stderr: one line redrawn on a terminal, a plain line now and then elsewhere.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "dpr/base/progress.h"

namespace dpr::cli {

// Thread-safe. The destructor ends the last stage.
class TerminalProgress : public Progress {
 public:
  TerminalProgress();
  ~TerminalProgress() override;

  void Stage(const std::string& name, uint64_t total, const std::string& unit) override;
  void Advance(uint64_t count) override;
  void Detail(const std::string& text) override;
  void Note(const std::string& text) override;

 private:
  using Clock = std::chrono::steady_clock;
  void Draw(bool last);
  void EndStage();
  std::string Line(double seconds) const;

  const bool terminal_;
  std::mutex mutex_;
  std::string name_, unit_, detail_;
  uint64_t total_ = 0;
  std::atomic<uint64_t> done_ = 0;
  bool drawn_ = false;
  Clock::time_point begin_, next_;
};

}  // namespace dpr::cli
