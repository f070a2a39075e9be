// Cuts the pending sources of a plan into blocks of passages: the unit that is read, encoded,
// written and, after a kill, encoded again. No block crosses the end of a segment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dpr/collection/planned_reader.h"
#include "dpr/collection/segment_builder.h"
#include "dpr/collection/source_plan.h"
#include "dpr/data/records.h"

namespace dpr {

struct PassageBlock {
  std::vector<Passage> passages;
  std::vector<std::string> where;  // of each passage, for messages
  std::vector<SourceStep> steps;   // in order; together they cover the passages
};

// Not thread-safe.
class BlockReader {
 public:
  // Goes on behind what `read` says that a segment in the making, which has `rows` rows, has read.
  BlockReader(const SourcePlan& plan, const IndexOptions& options,
              const std::vector<SourceRecord>& read, int64_t rows);

  // False at the end. A block may have steps only: sources without passages, or their ends.
  bool Next(PassageBlock& block);

  static constexpr size_t kBlockBytes = size_t{8} << 20;  // long passages make short blocks

 private:
  bool OpenNext();
  // Reads from the open source until it ends or the block is full: true when it ended.
  bool Fill(PassageBlock& block);
  bool IsFull(const PassageBlock& block) const;
  struct Item {
    const PlannedSource* source;
    SourceRecord record;  // as far as it has been read
  };
  const IndexOptions& options_;
  std::vector<Item> items_;
  size_t next_ = 0;                        // item to open
  std::unique_ptr<PlannedReader> reader_;  // of the item before it
  int64_t room_;                           // rows left in the segment
  size_t bytes_ = 0;                       // of text in the block
};

}  // namespace dpr
