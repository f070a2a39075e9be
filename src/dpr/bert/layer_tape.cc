#include "dpr/bert/layer_tape.h"

#include "dpr/tensor/gradients.h"

namespace dpr {

void DropStates(const Dropout& dropout, const SequenceChunk& chunk, bool first_only, FloatView x) {
  if (!dropout.active()) return;
  for (int64_t s = 0; s < chunk.batch.sequences(); ++s) {
    const int64_t row = first_only ? s : chunk.batch.offsets[s];
    const int64_t count = first_only ? 1 : chunk.batch.length(s);
    DropRows(dropout, chunk.numbers[s], 0, x.rows_from(row, count));
  }
}

}  // namespace dpr
