// Which passages are the same, whatever file they come from and whatever their ids are.
#pragma once

#include <cstdint>

#include "dpr/data/records.h"

namespace dpr {

// A hash of title and text that does not change with the case of ASCII letters, nor with how much
// white space stands where. Equal keys of different passages are as rare as chance makes them: 1 in
// 2^64 for two passages.
uint64_t PassageKey(const TrainingPassage& passage);

}  // namespace dpr
