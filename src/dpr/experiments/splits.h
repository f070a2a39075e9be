// How questions are divided into those that are learned from, those that the learning rate is
// chosen by, and those that are tested; always whole groups, so that no question of one part has a
// near relative in another. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/data/records.h"

namespace dpr {

enum class Part { kTrain, kChoose, kTest };
std::string PartName(Part part);  // "train", "choose", "test"

// Groups of questions that share an answer, directly or through others (union-find over the
// answers in lower case without punctuation, articles and double spaces). A number from 0 on for
// each question.
std::vector<int64_t> GroupsByAnswer(std::span<const Question> questions);

struct SplitSizes {
  int64_t test = 0, choose = 0;  // questions that are needed there
};

// A part for each question, given its group. A fifth of the questions, or as many as are needed,
// are for testing, a tenth for choosing; groups come in an order of `seed`, and one that is too
// large for what is still wanted is for training.
std::vector<Part> SplitByGroup(std::span<const int64_t> groups, const SplitSizes& sizes,
                               uint64_t seed);

// The questions of `part`, by number, in an order of `seed`: the first n of them are a sample, and
// samples of different sizes are nested.
std::vector<int64_t> OrderOfPart(std::span<const Part> parts, Part part, uint64_t seed);

}  // namespace dpr
