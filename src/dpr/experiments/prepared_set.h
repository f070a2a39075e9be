// A data set made ready: its passages, and its questions in three parts no two of which share an
// article or an answer. The result of a step; the keys of all later steps go by the content of
// these files, so that experiments which read the same data in other amounts share what is equal.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/experiments/definition.h"
#include "dpr/experiments/splits.h"
#include "dpr/experiments/step.h"

namespace dpr {

struct PreparedQuestion {
  Question question;
  std::vector<std::string> gold;  // ids of passages; none where it is not known
  // The answers that do not stand in passages by accident (strict_answers.h); tests only.
  std::vector<std::string> strict;
};

struct PreparedSet {
  SetDefinition definition;
  Path folder;                       // of the step's result
  std::vector<Path> passages;        // files to index
  std::string passages_id;           // a hash of their content
  std::array<std::string, 3> parts;  // by Part: a hash of its content
  std::array<int64_t, 3> questions{};
  int64_t passage_count = 0;  // of files that are taken as they are: about so many
  double passage_words = 0, question_words = 0;  // means
  int64_t groups = 0, without_strict = 0;        // without_strict: of the test questions
  bool gold = false;

  Path Questions(Part part) const;  // ReadPrepared takes it
  // Of a published set: its training examples, of the parts to train and to choose by.
  Path PublishedExamples(Part part) const;
};

// Reads and splits a set now, unless that is done. kNotFound for a file that is missing below
// `data`; kInvalid for a set too small for `definition`, naming it, its size and the need.
PreparedSet PrepareSet(StepStore& store, const SetDefinition& set, const Definition& definition,
                       const Path& data);

std::vector<PreparedQuestion> ReadPrepared(const Path& file);

}  // namespace dpr
