// Vectors that another program made, in the place of an encoder: a passage's vector is looked up by
// its id. So everything that indexing does (segments, resuming, BM25) is done for them as for ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/id_table.h"
#include "dpr/data/passage_source.h"
#include "dpr/vectors/foreign_vectors.h"

namespace dpr {

using ForeignFiles = std::vector<std::unique_ptr<ForeignVectors>>;

// Do the files have one dimension more than the model, as DPR's HNSW indexes do: the root of
// phi - |x|^2, so that L2 orders as the inner product? kMismatch when the files' dimensions are
// neither the model's nor that, and for files that disagree.
bool HasExtraDimension(const ForeignFiles& files, int64_t model_dimensions);

// How the vectors are compared: by dot product where there is an extra dimension, by L2 where a
// file says so; else as the model says, but an inner product that a file says is never L2.
// kMismatch when files disagree.
Similarity ImportedSimilarity(const ForeignFiles& files, Similarity of_model, bool extra_dimension);

// Not thread-safe but for Encode.
class ImportedVectors : public PassageEncoder {
 public:
  // `record`: of the model that made them. `id_prefix`: what ids of vectors may have before those
  // of the passages, or lack ("wiki:"). Tables too large for memory become files beside `place`
  // that have no name.
  ImportedVectors(EncoderRecord record, ForeignFiles files, std::string id_prefix, Path place);

  // Reads every vector once, then every passage once, and finds which belong together: by id, or in
  // the order of both where the files have no ids. kMismatch, with how many and the first few, when
  // a passage has no vector or a vector no passage; kInvalid for numbers that are none, kExists for
  // an id that is there twice.
  // `splits`: of each file of `passages`, how a document becomes passages.
  void Match(const std::vector<SourceFile>& passages, const std::vector<SplitOptions>& splits,
             Progress& progress);

  // After Match: a hash of all ids and vectors.
  const std::string& content() const { return content_; }
  int64_t count() const { return static_cast<int64_t>(table_.size()); }

  const EncoderRecord& record() const override { return record_; }
  EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override;

 private:
  // A vector's number: which file it is in, and behind these bits its place there.
  static constexpr int kPlaceBits = 52;
  static uint64_t PlaceOf(uint64_t number) { return number & ((uint64_t{1} << kPlaceBits) - 1); }
  static size_t FileOf(uint64_t number) { return static_cast<size_t>(number >> kPlaceBits); }

  class Scan;
  class Matching;
  std::optional<size_t> Find(const std::string& id) const;
  void CheckRepeated() const;
  std::string IdOf(uint64_t number) const;

  EncoderRecord record_;
  ForeignFiles files_;
  std::string id_prefix_;
  Path place_;
  bool extra_dimension_;
  std::string content_;
  IdTable table_;  // of each vector's number
};

}  // namespace dpr
