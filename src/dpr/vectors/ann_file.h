// Approximate indexes on disk: of whatever kind, one file, mapped, built so that a stopped build
// goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/vectors/ann_index.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/graph_builder.h"
#include "dpr/vectors/inverted_builder.h"

namespace dpr {

enum class AnnKind { kGraph, kInverted };

const char* AnnKindName(AnnKind kind);        // "graph", "inverted": its file's name too
AnnKind ParseAnnKind(std::string_view name);  // kInvalid for any other

// How an index is made: of what its kind reads.
struct AnnOptions {
  AnnKind kind = AnnKind::kGraph;
  GraphOptions graph;
  InvertedOptions inverted;

  std::string Json() const;  // one object, of its kind's options
  // Throws nlohmann's exceptions, or kInvalid, for what Json() did not write.
  static AnnOptions FromJson(AnnKind kind, const std::string& json);
};

// Opening checks magic, version and lengths; not the checksum. Thread-safe.
class AnnFile {
 public:
  AnnFile() = default;
  virtual ~AnnFile() = default;
  AnnFile(const AnnFile&) = delete;
  AnnFile& operator=(const AnnFile&) = delete;

  virtual const AnnIndex& index() const = 0;
  virtual const std::string& checksum() const = 0;  // as the header says
  // Reads all, in little resident memory; kCorrupt when the checksum does not hold, or what it
  // holds makes no sense.
  virtual void Verify() const = 0;
  virtual std::string Describe() const = 0;  // JSON, one object: kind, rows, dimensions, ...
};

// A finished file. kCorrupt, kUnsupported.
std::unique_ptr<AnnFile> OpenAnnFile(AnnKind kind, const Path& path);

// What an index is made of.
struct AnnSource {
  std::vector<CodesView> blocks;  // of all rows, in order; of one number of dimensions
  std::string identity;           // of the codes, as text: another one, another index
  Similarity similarity = Similarity::kDot;
  const AnnFile* older = nullptr;  // of the first rows, made with the same options; or null
};

// All that the result depends on, as text.
std::string AnnIdentity(const AnnSource& source, const AnnOptions& options);

// Bytes of the index that searches keep in memory.
int64_t AnnMemory(const AnnOptions& options, int64_t rows, int64_t dimensions,
                  Similarity similarity);

// Builds an index at `path`, in memory that grows by a few bytes a row alone. It is there when it
// is finished; until then `path`.building is, and `path`.building.json says of what it is, and how
// far: stopped, killed or finished, the same call goes on or finds it done; one for another source
// begins anew. AnnBuild::Forget says that it has found its place. False: `stop` was set.
bool BuildAnnFile(const Path& path, const AnnSource& source, const AnnOptions& options,
                  const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
