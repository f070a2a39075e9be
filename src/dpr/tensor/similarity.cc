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
  const float norms = std::sqrt(Dot(question, question, size)) *  //
                      std::sqrt(Dot(passage, passage, size));
  return norms == 0.0f ? 0.0f : Dot(question, passage, size) / norms;
}

}  // namespace dpr
