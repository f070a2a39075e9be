// Relevance judgements ("qrels"): BEIR's `query-id <TAB> corpus-id <TAB> score`, with its header
// line or without, and TREC's `question iteration passage relevance`, four columns with white space
// between them. The first line decides.
#pragma once

#include <memory>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/stream.h"
#include "dpr/data/records.h"

namespace dpr {

// In the order of the file. Throws kInvalid, with the line, for a malformed line and for a passage
// that is judged twice for one question; kInvalid for a file without judgements.
std::vector<Judgement> ReadJudgements(const Path& path);
std::vector<Judgement> ReadJudgements(std::unique_ptr<ByteStream> stream);

}  // namespace dpr
