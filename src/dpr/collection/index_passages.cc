// IndexPassages: plan, go on, read, encode, write, commit.
#include <chrono>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/index_writer.h"
#include "dpr/collection/passage_encoder.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

void CheckEncoder(const Path& folder, const Manifest& manifest, const EncoderRecord& given) {
  if (manifest.generation == 0) return;
  if (!manifest.encoder) {
    throw Error(ErrorCode::kUnsupported,
                "the collection has no vectors, and this version adds none", folder.string(),
                "Index into a new folder");
  }
  const EncoderRecord& ours = *manifest.encoder;
  if (ours.fingerprint == given.fingerprint && ours.dimensions == given.dimensions) return;
  throw Error(ErrorCode::kMismatch,
              "the collection's vectors come from the encoder " + ours.model + " (" +
                  ours.fingerprint.substr(0, 12) + "), and this is another: " + given.model + " (" +
                  given.fingerprint.substr(0, 12) + ")",
              folder.string(),
              "Leave --model and its options out to use the collection's own encoder, or index "
              "into a new folder");
}

// The first manifest names the encoder; later ones follow it when its folder has moved.
void RecordEncoder(WriterSession& session, const EncoderRecord& encoder) {
  const Manifest& manifest = session.manifest();
  if (manifest.generation > 0 && manifest.encoder && manifest.encoder->model == encoder.model) {
    return;
  }
  Manifest next = manifest;
  next.encoder = encoder;
  session.Commit(std::move(next), session.deleted());
  KillPoint("encoder.recorded");
}

// Without the collection's own files, when it lies in a folder that is indexed.
std::vector<SourceFile> WithoutOurs(const std::vector<SourceFile>& sources, const Path& folder) {
  std::error_code code;
  const std::string ours = fs::weakly_canonical(folder, code).string() + "/";
  std::vector<SourceFile> others;
  for (const SourceFile& source : sources) {
    const std::string path = fs::weakly_canonical(source.path, code).string();
    if (source.folder.empty() || !path.starts_with(ours)) others.push_back(source);
  }
  return others;
}

void CheckOptions(const IndexOptions& options) {
  if (options.segment_passages >= 1 && options.block_passages >= 1) return;
  throw Error(ErrorCode::kUsage, "a segment and a block hold at least one passage");
}

}  // namespace

IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const PassageEncoder& encoder, const IndexOptions& options,
                          Progress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  CheckOptions(options);
  WriterSession session(folder, MissingCollection::kCreate);
  CheckEncoder(folder, session.manifest(), encoder.record());
  const SourcePlan plan = PlanSources(session.layout(), session.manifest(),
                                      WithoutOurs(sources, folder), options, progress);
  const int64_t pending = CountPending(plan, options.source, progress);
  RecordEncoder(session, encoder.record());
  IndexWriter writer(session, plan, options, progress);
  const std::vector<SourceRecord> read = writer.Resume();
  if (pending > 0) {
    progress.Stage("indexing", static_cast<uint64_t>(pending - writer.rows()), "passages");
  }
  BlockReader reader(plan, options, read, writer.rows());
  RunIndexPipeline(reader, encoder, [&](const EncodedBlock& block) { writer.Append(block); });
  IndexReport report = writer.Finish();
  RemoveAll(session.layout().spool());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  report.seconds = elapsed.count();
  return report;
}

IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const Retriever& retriever, const IndexOptions& options,
                          Progress& progress) {
  return IndexPassages(folder, sources, RetrieverPassageEncoder(retriever), options, progress);
}

}  // namespace dpr
