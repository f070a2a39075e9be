// An encoder for tests: a passage's vector is random numbers keyed by a hash of its words, so that
// tests of what happens to vectors need no BERT.
#pragma once

#include <string>

#include "dpr/base/checksum.h"
#include "dpr/base/random.h"
#include "dpr/collection/collection_writer.h"

namespace dpr::testing {

class HashEncoder : public PassageEncoder {
 public:
  explicit HashEncoder(int64_t dimensions = 8, const std::string& name = "hash") {
    record_.model = "/models/" + name;
    record_.settings = "{}";
    record_.fingerprint = HashHex(name);
    record_.precision = "f32";
    record_.dimensions = dimensions;
  }

  const EncoderRecord& record() const override { return record_; }

  EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override {
    EncodeCounts counts;
    for (size_t i = 0; i < passages.size(); ++i) {
      const std::string hash =
          Hasher().AddField(passages[i].title).AddField(passages[i].text).Hex();
      const CounterRandom random(std::stoull(hash.substr(0, 16), nullptr, 16), 0);
      for (int64_t j = 0; j < out.columns; ++j) {
        out.row(static_cast<int64_t>(i))[j] =
            static_cast<float>(random.Uniform(static_cast<uint64_t>(j)));
      }
      ++counts.texts;
      counts.tokens += static_cast<int64_t>(passages[i].text.size());
      counts.truncated += passages[i].text.size() > 1000 ? 1 : 0;
    }
    return counts;
  }

 private:
  EncoderRecord record_;
};

}  // namespace dpr::testing
