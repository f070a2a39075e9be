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
#include "dpr/data/example_source.h"

namespace dpr {

struct TrainingSetOptions {
  // JSONL with `docid`, `text` and perhaps `title`: the passages of the layout that names them by
  // id only (Tevatron's second).
  std::optional<Path> corpus;
};

// Immutable after opening and thread-safe.
class TrainingSet : public ExampleSource {
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
  ~TrainingSet() override;

  int64_t size() const override;  // examples that have a positive
  // The question's id is its number in the file where it has none.
  TrainingExample Read(int64_t index) const;
  TrainingExample Read(int64_t index, int64_t /*time*/) const override { return Read(index); }
  std::string Where(int64_t index) const override;  // "FILE, line 17" or "FILE, example 17"
  const TrainingSetCounts& counts() const override;
  const std::string& format() const override;
  const std::string& content_hash() const override;  // of the decompressed bytes, and the corpus'

 private:
  struct State;
  explicit TrainingSet(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace dpr
