// What a forward pass has to do, counted: operations (a multiplication and an addition are two) of
// its matrix products, by stage. Where first tokens are pooled, the last layer needs keys and
// values of all tokens, and the rest of each sequence's first one only.
#pragma once

#include <array>

#include "dpr/bert/config.h"
#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/stage_clock.h"

namespace dpr {

// By Stage; zero for those without products.
using StageOperations = std::array<double, kStages>;
StageOperations CountOperations(const BertConfig& config, const PackedTokens& texts,
                                bool first_only);

// Of the four linear maps; of the two products of attention.
double LinearOperations(const StageOperations& operations);
double AttentionOperations(const StageOperations& operations);

}  // namespace dpr
