// What long work tells the outside while it runs. Libraries call this interface and never print;
// cli/terminal_progress.h draws it. Implementations must be thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace dpr {

class Progress {
 public:
  virtual ~Progress() = default;
  // Begins a stage, ending the one before. `total` 0: not known. `unit`: "passages", "bytes".
  virtual void Stage(const std::string& name, uint64_t total, const std::string& unit) = 0;
  virtual void Advance(uint64_t count) = 0;
  // What stands behind the line of the stage from now on: "loss 1.23".
  virtual void Detail(const std::string&) {}
  // One line that the user should see, once: a count of truncated passages, a fallback taken.
  virtual void Note(const std::string& text) = 0;
};

// Says nothing. For tests and for callers that do not care.
class NoProgress : public Progress {
 public:
  void Stage(const std::string&, uint64_t, const std::string&) override {}
  void Advance(uint64_t) override {}
  void Note(const std::string&) override {}
};

}  // namespace dpr
