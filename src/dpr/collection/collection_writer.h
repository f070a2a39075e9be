// Building and changing a collection: append, replace, sync, delete, compact. One writer at a time
// (a lock file); readers never wait. Every step is a new file and a rename, the manifest last, so a
// kill at any moment leaves the state before or after it, and the same call again goes on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection.h"
#include "dpr/data/passage_source.h"
#include "dpr/encoder/retriever.h"

namespace dpr {

struct IndexOptions {
  SourceOptions source;
  bool replace = false;  // an id that exists is replaced instead of an error
  bool sync = false;     // folders: passages of files that are gone or changed are deleted
  int64_t segment_passages = 200000;
};

struct IndexReport {
  int64_t added = 0, replaced = 0, deleted = 0, unchanged_sources = 0, bad_records = 0;
  int64_t truncated = 0, tokens = 0;
  double seconds = 0;
};

// Creates `folder` or appends to it. Memory is bounded by blocks, whatever the corpus.
IndexReport IndexPassages(const Path& folder, const std::vector<SourceFile>& sources,
                          const Retriever& retriever, const IndexOptions& options,
                          Progress& progress);

// Deletes by id; an id that is not there is kNotFound, and then nothing is deleted.
int64_t DeletePassages(const Path& folder, std::span<const std::string> ids);

// Rewrites the segments without the deleted passages. Rows change; ids, texts and vectors do not.
void CompactCollection(const Path& folder, Progress& progress);

}  // namespace dpr
