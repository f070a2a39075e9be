// Searching for a whole file of questions, in pieces that bound the memory.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/cli/search_output.h"
#include "dpr/data/records.h"
#include "dpr/retrieval/searcher.h"

namespace dpr::cli {

using FoundVisitor = std::function<void(const Question& question,
                                        std::span<const FoundPassage> found, double milliseconds)>;

// Calls `visit` for each question in order, on this thread. Its time is its share of its piece's.
void SearchAll(const Searcher& searcher, const std::vector<Question>& questions, int64_t k,
               Progress& progress, const FoundVisitor& visit);

}  // namespace dpr::cli
