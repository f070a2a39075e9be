// Files of ranked lists ("runs"): TREC's `question Q0 passage rank score tag`, and two with three
// columns: MS MARCO's `question passage rank` and Tevatron's `question passage score`.
//
// White space separates columns. Three columns are ranks when in every question they are 1, 2, 3
// ... in the order of the lines; their score is then 1 / rank. TREC's rank column is not read: as
// for trec_eval, rank follows from the score.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/stream.h"
#include "dpr/data/ranked_list.h"

namespace dpr {

// Lists in the order in which their questions first appear, passages in the order of the lines.
// Throws kInvalid, with the line, for a malformed line and a score that is not a finite number;
// with the question, for a passage that its list holds twice; and for a file without lines.
std::vector<RankedList> ReadRun(const Path& path);
std::vector<RankedList> ReadRun(std::unique_ptr<ByteStream> stream);

// Writes TREC's format. The file appears at Finish(); without it nothing is left behind. A score
// that is a 32-bit float is written as the shortest decimal that gives this float back, another one
// as that of the 64-bit number. trec_eval and ours compare 32-bit floats: order and ties stay.
class RunFileWriter {
 public:
  RunFileWriter(const Path& path, std::string tag);

  // Ranks are written in the order of the list, from 1. kInvalid for an id that is empty or holds
  // white space, which the format cannot express.
  void Add(const RankedList& list);
  void Finish();

 private:
  void Flush();
  AtomicFile file_;
  std::string tag_, buffer_;
};

}  // namespace dpr
