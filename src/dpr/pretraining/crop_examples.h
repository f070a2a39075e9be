// Training examples made of passages alone, without anybody's labels:
//
//   inverse cloze task  the question is a sentence, by chance, of the passage, which loses it but
//   for
//                       a tenth of the time (Lee et al. 2019, ORQA, section 3)
//   random crops        question and passage are two runs of words of one passage, each a tenth to
//   a
//                       half of it (Izacard et al. 2022, Contriever, section 3.1)
//
// The title goes with the passage, never with the question.
#pragma once

#include <string>
#include <vector>

#include "dpr/data/example_source.h"
#include "dpr/data/numbered_passages.h"

namespace dpr {

struct CropSettings {
  enum class Kind { kInverseCloze, kCrops } kind = Kind::kInverseCloze;
  double keep_sentence = 0.1;            // of the inverse cloze task
  double shortest = 0.1, longest = 0.5;  // of crops: shares of a passage's words
  uint64_t seed = 12345;
};

// The store must outlive it.
class CropExamples : public ExampleSource {
 public:
  // Of these passages of the store; `name` is what messages call them. Those of fewer than two
  // sentences (crops: six words) give no example.
  CropExamples(const NumberedPassages& store, const std::vector<int64_t>& passages,
               const CropSettings& settings, std::string name);

  int64_t size() const override { return static_cast<int64_t>(passages_.size()); }
  // `time`, of the same passage, gives another crop.
  TrainingExample Read(int64_t index, int64_t time) const override;
  std::string Where(int64_t index) const override;
  const TrainingSetCounts& counts() const override { return counts_; }
  const std::string& format() const override { return format_; }
  const std::string& content_hash() const override { return content_hash_; }

 private:
  const NumberedPassages& store_;
  CropSettings settings_;
  std::vector<int64_t> passages_;
  std::string name_, format_, content_hash_;
  TrainingSetCounts counts_;
};

}  // namespace dpr
