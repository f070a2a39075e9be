// Reading, encoding and writing at once: a reader thread, the compute threads, a writer thread, and
// two short queues between them, so that files and SQLite hide behind the encoder and memory is a
// few blocks whatever the corpus.
#pragma once

#include <functional>

#include "dpr/collection/block_reader.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

struct EncodedBlock {
  PassageBlock block;
  Matrix vectors;  // [passages, dimensions]; of no rows without an encoder
  EncodeCounts counts;
};

// `write` runs on the writer thread, block by block in order. After an error of the reader what was
// read before it is still encoded and written; then the first error is thrown here.
void RunIndexPipeline(BlockReader& reader, const PassageEncoder* encoder,
                      const std::function<void(EncodedBlock&)>& write);

}  // namespace dpr
