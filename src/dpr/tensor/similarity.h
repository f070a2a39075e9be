// How a question's vector and a passage's are compared. Higher is better for each.
//   dot     q.x
//   cosine  q.x / (|q| |x|), 0 where a norm is 0
//   l2      -|q - x|^2   (squared, negated: the order of L2, and exact in f32)
// One definition of a score: computed in f32 from the stored vectors with tensor's Dot and
// SquaredDistance, whatever found the candidate; so that all ways of searching agree to the last
// bit.
#pragma once

#include <string>
#include <string_view>

#include "dpr/tensor/matrix.h"

namespace dpr {

enum class Similarity { kDot, kCosine, kL2 };

std::string SimilarityName(Similarity similarity);  // "dot", "cosine", "l2"
Similarity ParseSimilarity(std::string_view name);  // kUsage for any other name

float Score(Similarity similarity, const float* question, const float* passage, int64_t size);

// The cosine's score from its parts, each by Dot: q.x, q.q and x.x; for callers that have these.
float Cosine(float product, float question_squared_norm, float passage_squared_norm);

}  // namespace dpr
