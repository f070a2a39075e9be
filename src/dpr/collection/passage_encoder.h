// The passage side of a retriever as what indexing asks for.
#pragma once

#include <span>

#include "dpr/collection/collection_writer.h"

namespace dpr {

// The retriever must outlive this object.
class RetrieverPassageEncoder : public PassageEncoder {
 public:
  explicit RetrieverPassageEncoder(const Retriever& retriever);
  const EncoderRecord& record() const override { return record_; }
  EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override;

 private:
  const Retriever& retriever_;
  EncoderRecord record_;
};

}  // namespace dpr
