#include "dpr/tensor/similarity.h"

#include <cmath>

#include "dpr/base/error.h"
#include "dpr/tensor/ops.h"

namespace dpr {

std::string SimilarityName(Similarity similarity) {
  switch (similarity) {
    case Similarity::kDot:
      return "dot";
    case Similarity::kCosine:
      return "cosine";
    case Similarity::kL2:
      break;
  }
  return "l2";
}

Similarity ParseSimilarity(std::string_view name) {
  for (const Similarity s : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    if (name == SimilarityName(s)) return s;
  }
  throw Error(ErrorCode::kUsage, "`" + std::string(name) + "` is no similarity", {},
              "Use dot, cosine or l2");
}

float Score(Similarity similarity, const float* question, const float* passage, int64_t size) {
  switch (similarity) {
    case Similarity::kDot:
      return Dot(question, passage, size);
    case Similarity::kL2:
      return -SquaredDistance(question, passage, size);
    case Similarity::kCosine:
      break;
  }
  return Cosine(Dot(question, passage, size), Dot(question, question, size),
                Dot(passage, passage, size));
}

float Cosine(float product, float question_squared_norm, float passage_squared_norm) {
  const float norms = std::sqrt(question_squared_norm) * std::sqrt(passage_squared_norm);
  return norms == 0.0f ? 0.0f : product / norms;
}

}  // namespace dpr
