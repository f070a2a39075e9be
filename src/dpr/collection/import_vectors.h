// A collection of passages whose vectors another program made, without encoding anything.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/imported_vectors.h"
#include "dpr/data/passage_source.h"

namespace dpr {

// As IndexPassages, the vectors of `passages` being `vectors`, which are matched here: creates
// `folder` or appends to it, the same call after a kill goes on, and once it is done does nothing.
// kMismatch when the collection's vectors are compared in another way, or come from another
// encoder, and when it holds the same passages with other vectors; kUsage for passages that cannot
// be read twice (standard input).
IndexReport ImportVectors(const Path& folder, const std::vector<SourceFile>& passages,
                          ImportedVectors& vectors, IndexOptions options, Progress& progress);

}  // namespace dpr
