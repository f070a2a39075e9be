#include "dpr/lexical/bm25.h"

#include <string>

#include "dpr/base/error.h"

namespace dpr {

void CheckBm25Parameters(const Bm25Parameters& parameters) {
  if (!(parameters.k1 >= 0) || !std::isfinite(parameters.k1)) {
    throw Error(ErrorCode::kUsage, "k1 of BM25 is " + std::to_string(parameters.k1), {},
                "Give a number that is not negative, such as 0.9");
  }
  if (!(parameters.b >= 0 && parameters.b <= 1)) {
    throw Error(ErrorCode::kUsage, "b of BM25 is " + std::to_string(parameters.b), {},
                "Give a number from 0 to 1, such as 0.4");
  }
}

}  // namespace dpr
