// The formats of training files: where the examples are, and what one says. Internal to the
// training_* readers. A new format is a file with its reader and a line in training_format.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/data/training_content.h"
#include "dpr/data/training_corpus.h"

namespace dpr {

constexpr size_t kLargestTrainingExample = size_t{64} << 20;

// Where an example stands in the content.
struct TrainingRecord {
  uint64_t begin = 0;
  uint32_t length = 0;
  uint32_t number = 0;  // for messages, from 1: the line's, or the example's
};
static_assert(sizeof(TrainingRecord) == 16);

// What a format's reader works on; all of it outlives the reader.
struct TrainingInput {
  const TrainingContent& content;
  const TrainingCorpus* corpus = nullptr;  // null: none was given
  Progress& progress;
};

// Immutable and thread-safe once made.
class TrainingFormat {
 public:
  virtual ~TrainingFormat() = default;
  const std::string& name() const { return name_; }  // "DPR, JSON"
  // All of the file, in its order; once.
  std::vector<TrainingRecord> TakeRecords() { return std::move(records_); }
  // Throws kInvalid naming the example. `positives` may be empty.
  virtual TrainingExample Parse(const TrainingRecord& record) const = 0;
  virtual std::string Where(const TrainingRecord& record) const = 0;

 protected:
  std::string name_;
  std::vector<TrainingRecord> records_;
};

// Finds the format, then all examples, without judging what is in them.
std::unique_ptr<TrainingFormat> OpenTrainingFormat(const TrainingInput& input);

// The readers, for content that is known to be theirs.
std::unique_ptr<TrainingFormat> OpenTrainingArray(const TrainingInput& input);
std::unique_ptr<TrainingFormat> OpenTrainingLines(const TrainingInput& input);
std::unique_ptr<TrainingFormat> OpenTrainingColumns(const TrainingInput& input, char delimiter);
std::unique_ptr<TrainingFormat> OpenTrainingSquad(const TrainingInput& input);

// Do the names in this first line say that it heads columns of training texts?
bool NamesTrainingColumns(std::string_view line, char delimiter);

// A record; kInvalid when it is too large, or the file has more than 2^32 of them.
TrainingRecord MakeTrainingRecord(uint64_t begin, uint64_t end, uint64_t number,
                                  const std::string& where);
[[noreturn]] void FailExample(const std::string& problem, const std::string& where);

// Tells the progress how far a walk over the content is, and gives pages behind it back.
class TrainingWalk {
 public:
  explicit TrainingWalk(const TrainingInput& input);  // which must outlive it
  explicit TrainingWalk(TrainingInput&& input) = delete;
  void At(uint64_t offset);

 private:
  const TrainingInput& input_;
  uint64_t told_ = 0;
};

// The lines of `text` from byte `begin` on, without their ends: visit(begin, end, line number).
void ForEachLine(std::string_view text,
                 const std::function<void(uint64_t, uint64_t, uint64_t)>& visit);

}  // namespace dpr
