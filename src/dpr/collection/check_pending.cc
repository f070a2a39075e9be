#include "dpr/collection/check_pending.h"

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/collection/held_ids.h"
#include "dpr/collection/planned_reader.h"
#include "dpr/collection/repeated_ids.h"

namespace dpr {
namespace {

constexpr size_t kLookedUpAtOnce = 4096;

class PendingCheck {
 public:
  PendingCheck(const WriterSession& session, const IndexOptions& options, SourcePlan& plan)
      : options_(options),
        plan_(plan),
        held_(session, plan, options),
        ids_(session.layout().spool() / "ids") {
    for (PlannedSource& source : plan.sources) {
      if (!source.record.complete) pending_.push_back(&source);
    }
  }

  int64_t Run(Progress& progress) {
    if (pending_.empty()) return 0;
    progress.Stage("checking the passages", 0, "passages");
    for (size_t i = 0; i < pending_.size(); ++i) Read(i, progress);
    ids_.ForEach([this](uint64_t first, uint64_t again) { NoteRepeated(first, again); });
    if (repeated_) FailRepeated();
    int64_t left = 0;
    for (size_t i = 0; i < pending_.size(); ++i) left += CountLeft(i);
    return left;
  }

 private:
  struct Place {
    std::string where;
    std::string id;
    bool is_document;
  };
  struct Unchecked {
    std::string id;
    int64_t position;
  };

  void Read(size_t source, Progress& progress) {
    begins_.push_back(count_);
    PlannedReader reader(*pending_[source], options_);
    Passage passage;
    for (int64_t position = 0; reader.Next(passage); ++position) {
      ids_.Add(passage.id);
      if (!held_.empty()) unchecked_.push_back({std::move(passage.id), position});
      if (unchecked_.size() == kLookedUpAtOnce) LookUp(source);
      if (++count_ % 1024 == 0) progress.Advance(1024);
    }
    LookUp(source);
  }

  // In id order, so that neighbouring lookups meet the same pages.
  void LookUp(size_t source) {
    std::ranges::sort(unchecked_, {}, &Unchecked::id);
    PlannedSource& planned = *pending_[source];
    for (const Unchecked& passage : unchecked_) {
      const auto held = held_.Find(passage.id);
      // What this reading itself gave before it was interrupted is no duplicate.
      if (!held || held->span.source == planned.record.number || held_.MayReplace(held->span)) {
        continue;
      }
      if (!options_.skip_bad) FailHeld(*held, PlaceOf(source, passage.position));
      planned.duplicates.push_back(passage.position);
    }
    unchecked_.clear();
  }

  std::pair<size_t, int64_t> SourceOf(uint64_t ordinal) const {
    const auto after = std::ranges::upper_bound(begins_, ordinal);
    const auto source = static_cast<size_t>(after - begins_.begin()) - 1;
    return {source, static_cast<int64_t>(ordinal - begins_[source])};
  }

  void NoteRepeated(uint64_t first, uint64_t again) {
    if (options_.skip_bad) {
      const auto [source, position] = SourceOf(again);
      pending_[source]->duplicates.push_back(position);
    } else if (!repeated_ || again < repeated_->second) {
      repeated_ = {first, again};
    }
  }

  // Reads the source once more: only an error pays for knowing lines.
  Place PlaceOf(size_t source, int64_t position) const {
    PlannedReader reader(*pending_[source], options_);
    Passage passage;
    for (int64_t i = 0; i <= position; ++i) {
      if (!reader.Next(passage)) pending_[source]->CheckUnchanged();
    }
    return {reader.where(), passage.id, pending_[source]->file.is_document()};
  }

  Place PlaceOf(uint64_t ordinal) const {
    const auto [source, position] = SourceOf(ordinal);
    return PlaceOf(source, position);
  }

  [[noreturn]] void FailRepeated() const {
    const Place first = PlaceOf(repeated_->first), again = PlaceOf(repeated_->second);
    FailGivenTwice(again, first.where);
  }

  [[noreturn]] void FailGivenTwice(const Place& again, const std::string& first) const {
    throw Error(ErrorCode::kExists, "the id \"" + again.id + "\" is given twice; first by " + first,
                again.where,
                std::string(options_.replace ? "To replace passages, give the newer source alone"
                                             : "Ids must be unique: rename one of the two") +
                    ", or pass over the later ones with --skip-bad");
  }

  [[noreturn]] void FailHeld(const HeldPassage& held, const Place& again) const {
    std::string from = held.span.key;
    if (held.position > 0) from = "passage " + std::to_string(held.position) + " of " + from;
    if (plan_.numbers.contains(held.span.source)) FailGivenTwice(again, from);
    const bool changed = plan_.by_key.contains(held.span.key);
    throw Error(ErrorCode::kExists,
                "the id \"" + again.id + "\" is in the collection already, from " + from +
                    (changed ? ", whose content was another then" : ""),
                again.where, WhatToDo(changed, again.is_document));
  }

  static std::string WhatToDo(bool changed, bool document) {
    if (changed) {
      return "Give --sync to hold the file as it is now, or --replace to replace passages by those "
             "with the same id";
    }
    if (document) {
      return "Two documents have the same path below their folders: give both folders in one "
             "command, or --replace if the new one is to replace the other";
    }
    return "Give --replace to replace passages by those with the same id, or pass over the new "
           "ones with --skip-bad";
  }

  // Also puts the source's duplicates in order.
  int64_t CountLeft(size_t index) {
    PlannedSource& source = *pending_[index];
    std::ranges::sort(source.duplicates);
    source.duplicates.erase(std::unique(source.duplicates.begin(), source.duplicates.end()),
                            source.duplicates.end());
    const int64_t read = source.record.passages + source.record.duplicates;
    const auto ahead = source.duplicates.end() - std::ranges::lower_bound(source.duplicates, read);
    const uint64_t end = index + 1 < begins_.size() ? begins_[index + 1] : count_;
    return std::max<int64_t>(0, static_cast<int64_t>(end - begins_[index]) - read - ahead);
  }

  const IndexOptions& options_;
  SourcePlan& plan_;
  const HeldIds held_;
  RepeatedIds ids_;
  std::vector<PlannedSource*> pending_;
  std::vector<uint64_t> begins_;  // the ordinal of each source's first passage
  uint64_t count_ = 0;
  std::vector<Unchecked> unchecked_;                       // against the collection
  std::optional<std::pair<uint64_t, uint64_t>> repeated_;  // the first to come again
};

}  // namespace

int64_t CheckPending(const WriterSession& session, const IndexOptions& options, SourcePlan& plan,
                     Progress& progress) {
  return PendingCheck(session, options, plan).Run(progress);
}

}  // namespace dpr
