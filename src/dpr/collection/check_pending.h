// The pass over what is pending before anything is encoded: a malformed record, or an id that is
// there already, is found in seconds and not after hours, and progress knows its total.
#pragma once

#include <cstdint>

#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/source_plan.h"
#include "dpr/collection/writer_session.h"

namespace dpr {

// Reads every pending source to its end. An id that the sources give twice, or that the collection
// has and that may not be replaced, is kExists with the places of both; with skip_bad it is noted
// in PlannedSource::duplicates instead. The count of passages that are left to index. Memory is
// bounded (repeated_ids.h), but for 8 bytes a duplicate.
int64_t CheckPending(const WriterSession& session, const IndexOptions& options, SourcePlan& plan,
                     Progress& progress);

}  // namespace dpr
