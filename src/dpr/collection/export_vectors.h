// A collection's vectors for other programs, with their ids beside them. docs/formats/faiss.md
#pragma once

#include <cstdint>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection.h"

namespace dpr {

enum class VectorFormat {
  kNpy,    // PATH, a float32 array, and PATH.ids, an id a line
  kFaiss,  // PATH, a new folder with Pyserini's `index` (IndexFlatIP or IndexFlatL2) and `docid`
};

struct ExportedVectors {
  int64_t vectors = 0, dimensions = 0;
  Path vectors_file, ids_file;
};

// The vectors of the live passages in row order, the bytes that the collection holds. Files appear
// when they are complete; of a killed export at most ids without vectors are left. kInvalid without
// vectors; kUnsupported for an id that does not fit a line; kExists for a folder that is not empty.
ExportedVectors ExportVectors(const Collection& collection, VectorFormat format, const Path& path,
                              Progress& progress);

}  // namespace dpr
