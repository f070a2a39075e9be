// Questions, and their answers where the file has them, one at a time.
//
// Three formats (docs/formats/questions.md): DPR's `.qa.csv` (question, tab, list of answers),
// BEIR's `queries.jsonl` (`_id`, `text`), and one question a line (`ID<TAB>question`, or the line's
// number is its id). The name decides (`.qa.csv`, `.jsonl`, `.txt`), then the content. gz, xz and
// zst work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/stream.h"
#include "dpr/data/records.h"

namespace dpr {

enum class QuestionFormat { kByContent, kDprCsv, kJsonl, kLines };

// Streams questions. Not thread-safe.
class QuestionReader {
 public:
  virtual ~QuestionReader() = default;
  // False at the end. Throws kInvalid, with the line, for a malformed record, an empty question,
  // and an id that was there before.
  virtual bool Next(Question& question) = 0;
  virtual std::string where() const = 0;  // of the last question: "NAME, line N"
};

// "-" is standard input. An empty file is kInvalid.
std::unique_ptr<QuestionReader> OpenQuestions(const Path& path);
std::unique_ptr<QuestionReader> OpenQuestions(std::unique_ptr<ByteStream> stream,
                                              QuestionFormat format);

std::vector<Question> ReadQuestions(const Path& path);

}  // namespace dpr
