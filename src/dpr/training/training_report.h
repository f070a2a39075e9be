// A training run as a page: what state it is in, its main numbers, its curves, and what it was
// made of. Everything comes from the run's log (docs/formats/training-log.md), so that the page
// can be written at any time, while the run goes on and after a kill.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dpr/base/stream.h"

namespace dpr {

// Takes the log line by line and keeps a bounded part of it, so that a run which hands its lines
// over as it writes them has its page without reading the log again. Not thread-safe.
class TrainingReport {
 public:
  TrainingReport();
  ~TrainingReport();
  TrainingReport(TrainingReport&&) noexcept;
  TrainingReport& operator=(TrainingReport&&) noexcept;

  // Without its end. Unknown kinds and members are passed over; a line that is no record is counted
  // and the page says how many there were.
  void AddLine(std::string_view line);
  // The page of the lines so far: HTML, complete in itself.
  std::string Page() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The page of a whole log. A last line that a kill cut off is passed over.
std::string TrainingReportPage(std::unique_ptr<ByteStream> log);

}  // namespace dpr
