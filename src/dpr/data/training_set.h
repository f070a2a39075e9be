// Training examples with random access, because training permutes them over the whole set: DPR's
// JSON and what `dpr mine` writes, Tevatron's, sentence-transformers' and SQuAD's layouts.
// docs/formats/training.md
//
// The file is mapped, and decompressed before into a file without a name in TMPDIR where that is
// needed. In memory are 16 bytes an example; the example itself is parsed each time it is read. All
// examples are read once when the set is opened, so that what is wrong is said then.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/data/records.h"

namespace dpr {

struct TrainingSetOptions {
  // JSONL with `docid`, `text` and perhaps `title`: the passages of the layout that names them by
  // id only (Tevatron's second).
  std::optional<Path> corpus;
};

struct TrainingSetCounts {
  int64_t examples = 0;           // in the file
  int64_t without_positives = 0;  // of these: left out
  // Of those that stay:
  int64_t positives = 0, hard_negatives = 0, negatives = 0;  // passages
  int64_t without_hard_negatives = 0;                        // examples
  int64_t with_several_positives = 0;                        // examples
};

// Immutable after opening and thread-safe.
class TrainingSet {
 public:
  // The format is found in the content. kInvalid, with file and line or example, for an example
  // that is malformed, for a file that is cut short, and for a set without any positives;
  // kUnsupported for a layout that dpr does not know. Uses all compute threads.
  static TrainingSet Open(const Path& file, Progress& progress,
                          const TrainingSetOptions& options = {});
  // The same of text in memory, called `name` in messages.
  static TrainingSet Of(std::string text, const std::string& name,
                        const TrainingSetOptions& options = {});
  TrainingSet(TrainingSet&&) noexcept;
  TrainingSet& operator=(TrainingSet&&) noexcept;
  ~TrainingSet();

  int64_t size() const;  // examples that have a positive
  // At least one positive. The question's id is its number in the file where it has none.
  TrainingExample Read(int64_t index) const;
  std::string Where(int64_t index) const;  // "FILE, line 17" or "FILE, example 17"
  const TrainingSetCounts& counts() const;
  const std::string& format() const;        // "DPR, JSON"
  const std::string& content_hash() const;  // of the decompressed bytes, and the corpus'

 private:
  struct State;
  explicit TrainingSet(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace dpr
