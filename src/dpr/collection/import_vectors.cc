#include "dpr/collection/import_vectors.h"

#include <chrono>

#include "dpr/base/error.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/source_plan.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

void RequireFiles(const std::vector<SourceFile>& passages) {
  for (const SourceFile& source : passages) {
    std::error_code code;
    if (source.path != "-" && fs::is_regular_file(source.path, code)) continue;
    throw Error(ErrorCode::kUsage, "the passages must be a file, since they are read twice",
                source.path == "-" ? "standard input" : source.path.string(),
                "Write them to a file");
  }
}

// What would make a mixture of the collection's vectors and these.
void RequireFits(const Path& folder, const EncoderRecord& record) {
  std::error_code code;
  if (!fs::exists(CollectionLayout(folder).manifest(), code)) return;
  const Manifest manifest = ReadManifest(folder, ManifestParts::kWithoutSources);
  if (!manifest.encoder) {
    throw Error(ErrorCode::kMismatch, "the collection was made without vectors", folder.string(),
                "Import into a new folder; --bm25 adds BM25 there");
  }
  if (manifest.encoder->similarity == record.similarity) return;
  throw Error(ErrorCode::kMismatch,
              "the collection's vectors are compared by " +
                  SimilarityName(manifest.encoder->similarity) + ", and these by " +
                  SimilarityName(record.similarity),
              folder.string(), "Say with --similarity what is meant, or import into a new folder");
}

// As IndexPassages will split them.
std::vector<SplitOptions> SplitsOf(const Path& folder, const std::vector<SourceFile>& passages,
                                   const IndexOptions& options, Progress& progress) {
  std::error_code code;
  const bool exists = fs::exists(CollectionLayout(folder).manifest(), code);
  const Manifest manifest = exists ? ReadManifest(folder, ManifestParts::kAll) : Manifest();
  std::vector<SplitOptions> splits;
  for (const SourceFile& file : passages) {
    splits.push_back(file.is_document() ? PlannedSplit(manifest, file, options, progress)
                                        : SplitOptions());
  }
  return splits;
}

}  // namespace

IndexReport ImportVectors(const Path& folder, const std::vector<SourceFile>& passages,
                          ImportedVectors& vectors, IndexOptions options, Progress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  RequireFiles(passages);
  RequireFits(folder, vectors.record());
  vectors.Match(passages, SplitsOf(folder, passages, options, progress), progress);
  options.vectors = vectors.content();
  IndexReport report = IndexPassages(folder, passages, &vectors, options, progress);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  report.seconds = elapsed.count();
  return report;
}

}  // namespace dpr
