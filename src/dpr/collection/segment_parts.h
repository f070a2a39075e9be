// Parts that a segment gets when its passages are complete: BM25 and the vectors' codes always,
// vectors when a collection without an encoder is given one. Each is a new file, named by a new
// segment.json.
#pragma once

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/segment_file.h"
#include "dpr/collection/writer_session.h"

namespace dpr {

// Makes the BM25 database of the passages in `folder` and measures it. A kill begins it anew.
SegmentFile BuildLexicalFile(const Path& folder, int64_t rows, const AnalyzerSettings& settings,
                             Progress& progress);

// Makes the codes of the vectors in `folder` and measures the file. A kill begins it anew.
SegmentFile BuildCodesFile(const Path& folder, Progress& progress);

// Gives every committed segment that has vectors their codes where it lacks them or they are
// damaged: all codes are read. A segment is done or not. Returns how many were given some.
int64_t AddCodes(WriterSession& session, Progress& progress);

// Gives every committed segment BM25, then the collection. A segment that a killed run has done is
// not done again.
void AddLexical(WriterSession& session, const LexicalRecord& lexical, Progress& progress);

// Gives every committed segment vectors, then the collection. A kill costs `block_passages`.
void AddVectors(WriterSession& session, const PassageEncoder& encoder, int64_t block_passages,
                Progress& progress);

}  // namespace dpr
