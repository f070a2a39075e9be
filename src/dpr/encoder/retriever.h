// A retriever: the question encoder and the passage encoder, and how their vectors are compared.
// Directory layouts that are read: a dpr retriever (retriever.json), a DPR pair in Hugging Face
// layout (question_encoder/, ctx_encoder/), a sentence-transformers directory, a plain BERT; and
// the file of a checkpoint of DPR's. See docs/design/encoders.md.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/encoder/encoder.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// What the user may say against what the model says.
struct RetrieverOptions {
  std::optional<Pooling> pooling;  // also turns normalisation off
  std::optional<bool> normalize;
  std::optional<int> max_length;
  // For a checkpoint of DPR's, which has none: vocab.txt, or a folder with tokenizer files.
  std::optional<Path> vocabulary;
  std::optional<Similarity> similarity;  // of vectors that were imported
  // Of the layers' products, which this CPU must have. Not part of SettingsJson: the same encoder.
  Precision precision = Precision::kF32;

  // From what Retriever::SettingsJson() wrote. kCorrupt for anything else.
  static RetrieverOptions FromSettingsJson(const std::string& text);
};

// Immutable and thread-safe.
class Retriever {
 public:
  // Errors name the file at fault. kUsage when an option does not suit the model.
  // `path`: a folder, or a checkpoint's file.
  static Retriever Open(const Path& path, const RetrieverOptions& options = {});

  // The same encoders, their vectors compared in another way.
  Retriever WithSimilarity(Similarity similarity) const;

  const Encoder& questions() const { return *questions_; }
  const Encoder& passages() const { return *passages_; }
  Similarity similarity() const { return similarity_; }
  int dimensions() const { return passages_->dimensions(); }
  const Path& folder() const { return folder_; }  // or the checkpoint's file
  Precision precision() const { return options_.precision; }
  // A hash of everything that changes a passage's vector: weights, vocabulary, settings, precision.
  std::string fingerprint() const { return FingerprintIn(precision()); }
  // What it would be in another precision.
  std::string FingerprintIn(Precision precision) const;
  // The options that, given again with the same folder, give this retriever; as JSON for manifests.
  std::string SettingsJson() const;

 private:
  Retriever() = default;
  std::shared_ptr<const Encoder> questions_, passages_;
  Similarity similarity_ = Similarity::kDot;
  Path folder_;
  RetrieverOptions options_;
  std::string f32_fingerprint_;
};

}  // namespace dpr
