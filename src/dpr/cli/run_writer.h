// Files of search results, by the ending of their name: .trec (a TREC run), .json (DPR's array with
// has_answer), .jsonl (a line like `dpr search --json` for each question).
#pragma once

#include <memory>
#include <span>

#include "dpr/base/file.h"
#include "dpr/cli/search_output.h"
#include "dpr/data/records.h"

namespace dpr::cli {

// Streams, in question order. The file appears at Finish(), whole.
class RunWriter {
 public:
  virtual ~RunWriter() = default;
  virtual void Add(const Question& question, std::span<const FoundPassage> found,
                   double milliseconds) = 0;
  virtual void Finish() = 0;

  // kUsage for any other ending.
  static std::unique_ptr<RunWriter> Create(const Path& path);
};

}  // namespace dpr::cli
