// A corpus on disk, as readers see it: passages and metadata, vectors, deletions, what made them.
// Layout: docs/formats/collection.md. Writers: collection/collection_writer.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/base/row_filter.h"
#include "dpr/data/records.h"
#include "dpr/lexical/analyzer_settings.h"
#include "dpr/lexical/bm25.h"
#include "dpr/lexical/lexical_index.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {

class AnnIndex;      // vectors/ann_index.h
struct RecallCurve;  // vectors/recall.h

// The encoder that a collection's vectors come from, as recorded in the manifest.
struct EncoderRecord {
  std::string model;        // the directory, as the user gave it, made absolute
  std::string settings;     // JSON: options that, given again, open the same retriever
  std::string fingerprint;  // Retriever::fingerprint()
  std::string precision;    // PrecisionName: "f32", "bf16"
  Similarity similarity = Similarity::kDot;
  int64_t dimensions = 0;
};

// How a collection's BM25 was made, and with which parameters it is searched.
struct LexicalRecord {
  AnalyzerSettings analyzer;
  Bm25Parameters bm25;

  bool operator==(const LexicalRecord&) const = default;
};

// A passage with its place. `source` is the file that it came from, as the user named it.
struct StoredPassage {
  int64_t row = 0;
  Passage passage;
  std::string source;
};

// A snapshot: what the manifest said when it was opened. Stays valid while writers go on.
// Thread-safe.
class Collection {
 public:
  // Cost does not grow with the corpus. kNotFound, kCorrupt, kUnsupported (another version)
  // otherwise.
  static Collection Open(const Path& folder);
  Collection(Collection&&) noexcept;
  Collection& operator=(Collection&&) noexcept;
  ~Collection();

  const Path& folder() const;
  int64_t rows() const;      // with deleted ones
  int64_t passages() const;  // live
  bool is_live(int64_t row) const;
  // Is an index run at work on it now, or was one interrupted?
  bool unfinished() const;
  int64_t generation() const;                           // of what was opened; every change adds one
  const std::optional<EncoderRecord>& encoder() const;  // nothing: no vectors
  const std::optional<LexicalRecord>& lexical() const;  // nothing: no BM25
  // The approximate index over the first rows of search_space(), or over all; null where there is
  // none. Both are valid while this object lives.
  const AnnIndex* ann() const;
  const RecallCurve& recall() const;        // of the index
  const std::string& ann_identity() const;  // its kind and checksum
  SearchSpace search_space() const;  // all segments, in row order; valid while this object lives

  RowFilter LiveRows() const;
  // The live passages for which an expression holds: `year >= 1990 and lang = "de"`
  // (docs/design/filters.md). Reads the metadata of all passages. kUsage for one that is malformed.
  RowFilter Filter(std::string_view expression) const;
  // The fields of an expression that no passage has.
  std::vector<std::string> FieldsNowhere(std::string_view expression) const;

  // All segments; valid while this object lives. The collection must have BM25.
  LexicalIndex OpenLexical() const;

  // In the order asked. Rows must be live or deleted rows of this collection.
  std::vector<StoredPassage> Get(std::span<const int64_t> rows) const;
  std::optional<int64_t> FindRow(std::string_view id) const;  // live passages only
  // Every live passage in row order.
  void ForEach(const std::function<void(const StoredPassage&)>& visit) const;

  // Reads every byte. One sentence for each damaged or missing file, naming it; empty when all is
  // well. Static, since a damaged manifest cannot be opened.
  static std::vector<std::string> Verify(const Path& folder, Progress& progress);
  // One hash of the logical content (ids, texts, metadata, vectors and BM25 lengths of the live
  // passages in id order), equal however the collection came to be.
  std::string Fingerprint(Progress& progress) const;
  std::string DescribeJson() const;  // what `dpr inspect --json` prints

  struct State;

 private:
  explicit Collection(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace dpr
