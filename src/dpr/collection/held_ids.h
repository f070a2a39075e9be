// The committed passages as an index run meets them: which one has an id, may a new one take its
// place, which have to go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/collection/collection_writer.h"
#include "dpr/collection/source_plan.h"
#include "dpr/collection/writer_session.h"

namespace dpr {

struct HeldPassage {
  int64_t row = 0;       // of the collection
  SourceSpan span;       // that it comes from
  int64_t position = 0;  // which passage of its source it is, from 1; 0: not known
};

// Used by one thread at a time; the session, the plan and the options must outlive it.
class HeldIds {
 public:
  HeldIds(const WriterSession& session, const SourcePlan& plan, const IndexOptions& options);

  void AddLastSegment();  // that the session has committed since
  bool empty() const { return segments_.empty(); }

  std::optional<HeldPassage> Find(const std::string& id) const;  // live ones only
  bool MayReplace(const SourceSpan& span) const;
  // Must the passages of this reading go, whether or not others come for them?
  bool IsStale(int64_t source, const std::string& key) const;
  int64_t DeleteStale(DeletedRows& deleted) const;

 private:
  const WriterSession& session_;
  const SourcePlan& plan_;
  const IndexOptions& options_;
  std::vector<SegmentIds> segments_;
};

}  // namespace dpr
