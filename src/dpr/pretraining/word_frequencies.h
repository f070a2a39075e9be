// How often pieces stand in a text: where the scores of hidden words begin.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/pretraining/pretraining_texts.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

// log((count + 1) / (all + pieces)) of each piece over the training passages, or 20,000 of them all
// over the text. As the scores' biases they make a model that knows nothing else predict pieces as
// often as they come: it need not be learned, and the slopes of rare pieces, which are all alike as
// long as they are thought too likely, do not draw their embeddings into one direction
// (docs/design/pretraining.md). kMismatch when the tokenizer has more pieces.
std::vector<float> LogFrequencies(const PretrainingTexts& texts, const WordPiece& tokenizer,
                                  int64_t pieces);

}  // namespace dpr
