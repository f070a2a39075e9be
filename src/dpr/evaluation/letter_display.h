// Compact letter display: items with a letter in common are not told apart, items without one are
// (Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons", Journal of
// Computational and Graphical Statistics 2004). A letter is a clique in the graph of pairs that are
// not told apart, and all pairs of it must be covered (Gramm et al., "Algorithms for compact letter
// displays", Computational Statistics & Data Analysis 2007); here greedily, each clique as large as
// it gets.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dpr {

// `alike` is [items][items], symmetric: are the two not told apart? Its diagonal does not count.
// `order` has each item once, the best first; letters are given from there on. Returns the letters'
// numbers of each item, ascending, at least one.
std::vector<std::vector<size_t>> LetterGroups(const std::vector<std::vector<bool>>& alike,
                                              const std::vector<size_t>& order);

// "ab" for the groups 0 and 1; behind "z" come "A" to "Z", then "(53)" and on.
std::string GroupLetters(const std::vector<size_t>& groups);

}  // namespace dpr
