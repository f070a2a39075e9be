// Building or growing the approximate index of a collection, measuring it, and making it the
// collection's.
#pragma once

#include <atomic>
#include <optional>

#include "dpr/base/progress.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/optimize.h"
#include "dpr/collection/writer_session.h"

namespace dpr {

// `session` and `options` must stay.
class AnnUpdate {
 public:
  AnnUpdate(WriterSession& session, const OptimizeOptions& options, AnnKind kind);

  // What the index finds, be it there already, or built now; nothing when `stop` was set.
  std::optional<RecallCurve> Run(const std::atomic<bool>& stop, Progress& progress, bool& built);

 private:
  std::optional<AnnRecord> Current() const;
  bool IsComplete(const AnnRecord& record) const;
  AnnSource Source(const Collection& collection, const AnnFile* older) const;
  RecallCurve Measure(const Collection& collection, const AnnIndex& index,
                      Progress& progress) const;
  void RemoveOtherKinds() const;
  void Commit();

  WriterSession& session_;
  const OptimizeOptions& options_;
  const AnnOptions ann_;
  const CollectionLayout layout_;
};

}  // namespace dpr
