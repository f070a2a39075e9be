// Files of vectors that other programs wrote, behind one interface: FAISS's flat and HNSW-flat
// indexes, NumPy's arrays, DPR's pickled embeddings (docs/formats/faiss.md). Each vector has a
// place in its file and an id: in the file itself, in a list beside it, or none, where rows are
// only counted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dpr/base/file.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// A mapped file. What is mapped is only as large as what was read since Release(). Thread-safe.
class ForeignVectors {
 public:
  // `id` is empty where there are none, and valid during the call.
  using Visit = std::function<void(std::string_view id, uint64_t place)>;

  virtual ~ForeignVectors() = default;
  const Path& path() const { return path_; }
  const std::string& kind() const { return kind_; }  // for people: "IndexHNSWFlat of FAISS"

  virtual int64_t dimensions() const = 0;
  // Nothing where only reading the file to its end tells.
  virtual std::optional<int64_t> rows() const = 0;
  virtual bool has_ids() const = 0;
  virtual bool has_graph() const { return false; }  // which is not read
  // What the file was made to be compared by; nothing where it does not say.
  virtual std::optional<Similarity> similarity() const { return std::nullopt; }

  // Every vector in the order of the file; places are below 2^52. Errors name the file at fault:
  // kMismatch when the list of ids has another length than the vectors.
  virtual void ForEach(const Visit& visit) const = 0;
  // The vector at a place that ForEach gave.
  virtual void Read(uint64_t place, std::span<float> into) const = 0;
  virtual void Release() const = 0;

 protected:
  ForeignVectors(Path path, std::string kind) : path_(std::move(path)), kind_(std::move(kind)) {}

 private:
  Path path_;
  std::string kind_;
};

// Tells the format by content. A folder is that of Pyserini (`index`, `docid`) or of DPR
// (`index.dpr`, `index_meta.dpr`). Without `ids` those beside the file are taken: FindIdsBeside.
// kUsage for a list of ids where the file has its own; kUnsupported and kInvalid for what cannot be
// read.
std::unique_ptr<ForeignVectors> OpenForeignVectors(const Path& path,
                                                   const std::optional<Path>& ids);

// PATH.ids, which `dpr export` writes; for a file called `...index.dpr`, DPR's `...index_meta.dpr`;
// for one called `index`, Pyserini's `docid` in the same folder. Nothing when there is none.
std::optional<Path> FindIdsBeside(const Path& path);

// DPR's embeddings: a pickled list of (id, NumPy array of float32) or of longer tuples, as
// generate_dense_embeddings.py writes them a shard.
std::unique_ptr<ForeignVectors> OpenPickledEmbeddings(const Path& path);

}  // namespace dpr
