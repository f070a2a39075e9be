#include "dpr/collection/passage_encoder.h"

namespace dpr {

RetrieverPassageEncoder::RetrieverPassageEncoder(const Retriever& retriever)
    : retriever_(retriever),
      record_{.model = std::filesystem::absolute(retriever.folder()).lexically_normal().string(),
              .settings = retriever.SettingsJson(),
              .fingerprint = retriever.fingerprint(),
              .precision = PrecisionName(retriever.precision()),
              .similarity = retriever.similarity(),
              .dimensions = retriever.dimensions()} {}

EncodeCounts RetrieverPassageEncoder::Encode(std::span<const Passage> passages,
                                             FloatView out) const {
  return retriever_.passages().EncodePassages(passages, out);
}

}  // namespace dpr
