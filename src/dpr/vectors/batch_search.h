// Many questions at once: tiles of approximate scores by GEMM, screened while in cache, and what is
// left on the shortlists scored by the definition.
#pragma once

#include "dpr/vectors/exact_search.h"

namespace dpr {

// As ExactSearch. questions: [n, d], d that of the blocks; 1 <= k. Uses all compute threads; each
// has scratch of a fixed size, whatever the number of rows and questions.
std::vector<std::vector<ScoredRow>> SearchBatch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k,
                                                SearchCosts& costs);

}  // namespace dpr
