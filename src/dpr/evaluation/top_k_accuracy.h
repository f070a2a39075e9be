// Top-k retrieval accuracy for question answering (Karpukhin et al., EMNLP 2020, table 2): the
// share of all questions for which at least one of the first k passages contains an answer.
#pragma once

#include <span>
#include <vector>

namespace dpr {

// The rank, from 1, of the first passage with an answer; 0 when no passage of the list has one.
int FirstHit(const std::vector<bool>& has_answer);

// 1 for each question whose first hit is at rank <= k, else 0. Its Mean() is the accuracy.
std::vector<double> TopKHits(std::span<const int> first_hits, int k);

}  // namespace dpr
