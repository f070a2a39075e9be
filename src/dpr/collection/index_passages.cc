// IndexPassages: plan, go on, read, encode, write, commit.
#include <chrono>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/check_pending.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/index_writer.h"
#include "dpr/collection/passage_encoder.h"
#include "dpr/collection/segment_parts.h"
#include "dpr/lexical/lexical_builder.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

void CheckEncoder(const Path& folder, const Manifest& manifest, const EncoderRecord* given) {
  if (!manifest.encoder) return;
  const EncoderRecord& ours = *manifest.encoder;
  if (given == nullptr) {
    throw Error(ErrorCode::kMismatch,
                "the collection has vectors, so its passages need the encoder " + ours.model,
                folder.string(), "Give it, or index into a new folder");
  }
  if (ours.fingerprint == given->fingerprint && ours.dimensions == given->dimensions) return;
  if (ours.precision != given->precision) {
    throw Error(ErrorCode::kMismatch,
                "the collection's vectors were computed in " + ours.precision + ", and now " +
                    given->precision + " is asked for",
                folder.string(),
                "Leave --precision out to go on in the collection's, or index into a new folder");
  }
  throw Error(ErrorCode::kMismatch,
              "the collection's vectors come from the encoder " + ours.model + " (" +
                  ours.fingerprint.substr(0, 12) + "), and this is another: " + given->model +
                  " (" + given->fingerprint.substr(0, 12) + ")",
              folder.string(),
              "Leave --model and its options out to use the collection's own encoder, or index "
              "into a new folder");
}

void CheckLexical(const Path& folder, const Manifest& manifest,
                  const std::optional<LexicalRecord>& given) {
  if (!given) return;
  CheckAnalyzerSettings(given->analyzer);
  CheckBm25Parameters(given->bm25);
  if (!manifest.lexical || manifest.lexical->analyzer == given->analyzer) return;
  throw Error(ErrorCode::kMismatch,
              "the collection's BM25 was made for the language \"" +
                  manifest.lexical->analyzer.language + "\", not \"" + given->analyzer.language +
                  "\"",
              folder.string(), "Leave the language out, or index into a new folder");
}

// The first manifest names the parts. What is asked for later is made for the segments there are;
// an encoder whose folder has moved is followed.
void RecordParts(WriterSession& session, const PassageEncoder* encoder, const IndexOptions& options,
                 Progress& progress) {
  const bool is_new = session.manifest().generation == 0;
  Manifest next = session.manifest();
  if (is_new) {
    if (encoder != nullptr) next.encoder = encoder->record();
    next.lexical = options.lexical;
  }
  if (next.encoder && encoder != nullptr) next.encoder->model = encoder->record().model;
  if (next.lexical && options.lexical) next.lexical->bm25 = options.lexical->bm25;
  const bool moved = next.encoder && !is_new && session.manifest().encoder &&
                     next.encoder->model != session.manifest().encoder->model;
  if (is_new || moved || next.lexical != session.manifest().lexical) {
    session.Commit(std::move(next), session.deleted());
    KillPoint("parts.recorded");
  }
  if (options.lexical && !session.manifest().lexical) {
    AddLexical(session, *options.lexical, progress);
  }
  if (encoder != nullptr && !session.manifest().encoder) {
    AddVectors(session, *encoder, options.block_passages, progress);
  }
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

// A collection that holds nothing would be a mistake that shows later.
void RequirePassages(const WriterSession& session, const SourcePlan& plan, int64_t pending) {
  if (session.manifest().generation > 0 || pending > 0) return;
  const size_t count = plan.sources.size();
  throw Error(ErrorCode::kInvalid,
              "there is no passage in " +
                  (count == 1 ? "it" : "any of the " + std::to_string(count) + " files given") +
                  ", so no collection was made",
              count == 0 ? session.layout().folder().string() : plan.sources.front().shown,
              "Check the files, and what --skip-bad passes over");
}

void CheckOptions(const IndexOptions& options) {
  if (options.words && options.overlap) CheckSplit({*options.words, *options.overlap});
  if (options.segment_passages >= 1 && options.block_passages >= 1) return;
  throw Error(ErrorCode::kUsage, "a segment and a block hold at least one passage");
}

}  // namespace

IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const PassageEncoder* encoder, const IndexOptions& options,
                          Progress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  CheckOptions(options);
  WriterSession session(folder, MissingCollection::kCreate);
  CheckEncoder(folder, session.manifest(), encoder == nullptr ? nullptr : &encoder->record());
  CheckLexical(folder, session.manifest(), options.lexical);
  SourcePlan plan = PlanSources(session.layout(), session.manifest(), WithoutOurs(sources, folder),
                                options, progress);
  const int64_t pending = CheckPending(session, options, plan, progress);
  RequirePassages(session, plan, pending);
  RecordParts(session, encoder, options, progress);
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
  const RetrieverPassageEncoder encoder(retriever);
  return IndexPassages(folder, sources, &encoder, options, progress);
}

}  // namespace dpr
