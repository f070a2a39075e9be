// Mines a file of questions into a file of training examples, piece by piece, so that memory is
// bounded and a kill costs a piece.
#pragma once

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/retrieval/mining.h"

namespace dpr {

struct MiningFiles {
  Path questions;
  Path judgements;  // the gold passages of the questions' ids; empty: none
  Path out;         // DPR's JSON, an example a line (data/training_json.h)
};

// While it runs the examples are in OUT.building and how far it is in OUT.building.json; the same
// call after a kill goes on there, another one begins anew. `out` appears when all is done. Counts
// are of the whole file, also of a run that went on.
MiningCounts MineFile(const Searcher& searcher, const MiningFiles& files,
                      const MiningOptions& options, Progress& progress);

}  // namespace dpr
