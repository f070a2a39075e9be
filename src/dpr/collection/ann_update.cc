#include "dpr/collection/ann_update.h"

#include <chrono>
#include <memory>
#include <utility>

#include "dpr/base/checksum.h"
#include "dpr/base/kill_point.h"
#include "dpr/vectors/ann_build.h"

namespace dpr {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

AnnUpdate::AnnUpdate(WriterSession& session, const OptimizeOptions& options, AnnKind kind)
    : session_(session),
      options_(options),
      ann_{kind, options.graph, options.inverted},
      layout_(session.layout()) {}

std::optional<RecallCurve> AnnUpdate::Run(const std::atomic<bool>& stop, Progress& progress,
                                          bool& built) {
  const std::optional<AnnRecord> current = Current();
  // What a kill just behind the commit left.
  if (current) AnnBuild::Forget(layout_.ann(session_.manifest().ann) / current->file.name);
  if (current && IsComplete(*current)) return current->recall;
  CreateFolder(layout_.ann_building());
  RemoveOtherKinds();
  const Collection collection = Collection::Open(layout_.folder());
  const auto begin = Clock::now();
  std::unique_ptr<AnnFile> older;
  if (current) {
    older = OpenAnnFile(ann_.kind, layout_.ann(session_.manifest().ann) / current->file.name);
  }
  const Path path = layout_.ann_building() / AnnKindName(ann_.kind);
  if (!BuildAnnFile(path, Source(collection, older.get()), ann_, stop, progress)) {
    return std::nullopt;
  }
  AnnRecord record;
  record.segments = session_.manifest().segments;
  record.options = ann_;
  record.recall = Measure(collection, OpenAnnFile(ann_.kind, path)->index(), progress);
  record.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  record.file = MeasureFile(layout_.ann_building(), AnnKindName(ann_.kind));
  WriteAnnRecord(layout_.ann_building(), record);
  Commit();
  built = true;
  return record.recall;
}

// The index that there is, if it can be searched or can grow.
std::optional<AnnRecord> AnnUpdate::Current() const {
  const std::string& name = session_.manifest().ann;
  if (name.empty()) return std::nullopt;
  AnnRecord record = ReadAnnRecord(layout_.ann(name));
  const bool same = record.options.kind == ann_.kind && record.options.Json() == ann_.Json();
  if (!same || !record.IsOf(session_.manifest())) return std::nullopt;
  return record;
}

bool AnnUpdate::IsComplete(const AnnRecord& record) const {
  return record.segments.size() == session_.manifest().segments.size() &&
         record.recall.target == options_.recall && options_.questions.rows() == 0;
}

AnnSource AnnUpdate::Source(const Collection& collection, const AnnFile* older) const {
  AnnSource source;
  source.similarity = collection.encoder()->similarity;
  source.older = older;
  Hasher identity;
  for (const SegmentRecord& segment : session_.manifest().segments) {
    identity.AddField(CodeFile(layout_.segment(segment.name) / kCodesFile).checksum());
  }
  source.identity = identity.Hex();
  const SearchSpace space = collection.search_space();
  for (const VectorBlock& block : space.blocks) source.blocks.push_back(block.codes);
  return source;
}

RecallCurve AnnUpdate::Measure(const Collection& collection, const AnnIndex& index,
                               Progress& progress) const {
  const SearchSpace space = collection.search_space();
  if (options_.questions.rows() > 0) {
    return MeasureRecall(space, index, options_.questions.view(), options_.recall, progress);
  }
  return MeasureRecallByRows(space, index, options_.asking_passages, options_.recall, progress);
}

// What a build of another kind has left.
void AnnUpdate::RemoveOtherKinds() const {
  for (const auto& entry : std::filesystem::directory_iterator(layout_.ann_building())) {
    if (!entry.path().filename().string().starts_with(AnnKindName(ann_.kind))) {
      RemoveAll(entry.path());
    }
  }
}

void AnnUpdate::Commit() {
  Manifest next = session_.manifest();
  const std::string before = next.ann;
  next.ann = SegmentName(next.generation + 1);
  RemoveAll(layout_.ann(next.ann));
  RenameDurably(layout_.ann_building(), layout_.ann(next.ann));
  KillPoint("ann.adopted");
  session_.Commit(std::move(next), session_.deleted());
  KillPoint("ann.committed");
  AnnBuild::Forget(layout_.ann(session_.manifest().ann) / AnnKindName(ann_.kind));
  if (!before.empty()) RemoveAll(layout_.ann(before));
}

}  // namespace dpr
