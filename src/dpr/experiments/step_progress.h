// What a step's work tells the outside: which step of how many it is belongs to the name of each
// stage, and what modules note about their inner matters stays with them. Internal to
// `experiments`.
#pragma once

#include <string>
#include <utility>

#include "dpr/base/progress.h"

namespace dpr {

// Thread-safe as far as `outer` is.
class StepProgress : public Progress {
 public:
  StepProgress(Progress& outer, std::string title) : outer_(outer), title_(std::move(title)) {}

  // Looking over files takes moments and is passed over; the bars are for work that takes longer.
  void Stage(const std::string& name, uint64_t total, const std::string& unit) override {
    shown_ = unit != "bytes" && name.find("checking") == std::string::npos;
    if (shown_) outer_.Stage(title_ + ", " + name, total, unit);
  }
  void Advance(uint64_t count) override {
    if (shown_) outer_.Advance(count);
  }
  void Detail(const std::string& text) override {
    if (shown_) outer_.Detail(text);
  }
  void Note(const std::string&) override {}

 private:
  Progress& outer_;
  const std::string title_;
  bool shown_ = false;
};

}  // namespace dpr
