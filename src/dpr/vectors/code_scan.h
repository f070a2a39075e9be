// A few questions over codes: every code is read once, at memory speed, and what its interval lets
// be among the best is scored by the definition.
#pragma once

#include "dpr/vectors/exact_search.h"

namespace dpr {

// As ExactSearch, of a space whose blocks all have codes.
std::vector<std::vector<ScoredRow>> ScanCodes(const SearchSpace& space, Similarity similarity,
                                              ConstFloatView questions, int64_t k,
                                              SearchCosts& costs);

}  // namespace dpr
