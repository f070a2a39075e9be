// Writes retrieval results as DPR's dense_retriever does, for its reader and for evaluation
// scripts: one JSON array, indented by 4, other than ASCII escaped, with an object for each
// question:
//   {"question", "answers": [..], "ctxs": [{"id", "title", "text", "score": "81.3", "has_answer"}]}
// Scores are strings, as Python prints a float32.
#pragma once

#include <span>
#include <string>

#include "dpr/base/file.h"
#include "dpr/data/records.h"

namespace dpr {

// One retrieved passage, in rank order.
struct DprContext {
  std::string id, title, text;
  float score = 0;
  bool has_answer = false;
};

// Streams: a question is written when it is added. The file appears at Finish(); without it nothing
// is left behind. Invalid UTF-8 is written as U+FFFD.
class DprResultsWriter {
 public:
  explicit DprResultsWriter(const Path& path);

  void Add(const Question& question, std::span<const DprContext> contexts);
  void Finish();

 private:
  AtomicFile file_;
  std::string buffer_;
  bool first_ = true;
};

}  // namespace dpr
