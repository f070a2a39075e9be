// Many questions at once: tiles of approximate scores by GEMM, screened while in cache, and what
// passes the screen scored by the definition.
#pragma once

#include "dpr/vectors/exact_search.h"
#include "dpr/vectors/search_results.h"

namespace dpr {

// Adds the best rows of every question to `results`. questions: [n, d], d that of the blocks. Uses
// all compute threads; each has scratch of a fixed size, whatever the number of rows and questions.
void SearchBatch(const SearchSpace& space, Similarity similarity, ConstFloatView questions,
                 SearchResults& results);

}  // namespace dpr
