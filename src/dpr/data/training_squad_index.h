// Where the questions and the paragraphs of a SQuAD file stand. Internal to training_squad.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dpr/data/training_format.h"

namespace dpr {

struct SquadParagraph {
  TrainingRecord context;     // its number counts the paragraphs under the title, from 1
  uint32_t article = 0;       // into SquadIndex::titles
  uint32_t question_end = 0;  // the number behind its last question's
};

struct SquadIndex {
  std::vector<std::string> titles;  // of the articles
  std::vector<SquadParagraph> paragraphs;
  std::vector<TrainingRecord> questions;  // their numbers count them over the file, from 1

  const SquadParagraph& ParagraphOf(const TrainingRecord& question) const;
};

// Walks over {"data": [{"title", "paragraphs": [{"context", "qas": [QUESTION, ...]}]}]}. kInvalid
// for another structure and for a file that is cut short; questions and contexts are not judged.
SquadIndex IndexSquad(const TrainingInput& input);

}  // namespace dpr
