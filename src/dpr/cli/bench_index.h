// An index over vectors of a .npy file, as `dpr bench search` measures it: in memory, or in files
// of a folder, for more vectors than memory holds.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/npy.h"

namespace dpr::cli {

struct BenchIndexOptions {
  std::string base;             // .npy
  std::string index = "exact";  // or flat, graph, inverted
  std::string similarity = "dot";
  std::string
      work;  // a folder for codes and index, which are found there the next time; empty: none
  AnnOptions ann;
};

// What it shows is valid while it lives.
class BenchIndex {
 public:
  explicit BenchIndex(const BenchIndexOptions& options);

  ConstFloatView vectors() const { return base_.view(); }
  Similarity similarity() const { return similarity_; }
  SearchSpace space() const;                    // with codes, but for flat
  const AnnIndex* ann() const { return ann_; }  // null: exact
  double bytes_per_vector() const;              // that every search may touch

 private:
  void MakeInMemory();
  void MakeInFiles();

  const BenchIndexOptions options_;
  const NpyFile base_;
  const Similarity similarity_;
  std::optional<CodesInMemory> codes_;
  std::optional<CodeFile> code_file_;
  std::optional<GraphInMemory> graph_;
  std::optional<GraphIndex> graph_index_;
  std::optional<InvertedInMemory> inverted_;
  std::unique_ptr<AnnFile> file_;
  const AnnIndex* ann_ = nullptr;
};

}  // namespace dpr::cli
