// An experiment as steps: for each variant, seed and set of test questions the step whose result is
// its ranked lists' worth, with all steps behind it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dpr/experiments/definition.h"
#include "dpr/experiments/prepared_set.h"
#include "dpr/experiments/recipes.h"
#include "dpr/experiments/step.h"

namespace dpr {

struct VariantSteps {
  std::string missing;  // why it is not run here; all else is then empty
  // Those of the experiment, or the first alone where nothing is left to chance.
  std::vector<uint64_t> seeds;
  std::vector<StepPointer> trained;                        // by seed; of a variant that trains
  StepPointer choice;                                      // of its learning rate; may be null
  std::map<std::string, std::vector<StepPointer>> ranked;  // by set, then by seed
  int64_t examples = 0;                                    // that it learns from, all sets together
  int64_t steps = 0;                                       // of training; 0: by epochs
};

struct ExperimentSteps {
  Definition definition;
  std::map<std::string, PreparedSet> sets;
  std::map<std::string, VariantSteps> variants;
  std::map<std::string, EncoderShape> shapes;  // of the encoders that are used, by their names

  // Those whose results the report needs.
  std::vector<StepPointer> Goals() const;
};

// Prepares the sets now (PrepareSet), and lays the rest out.
ExperimentSteps LayOut(const Definition& definition, const Recipes& recipes, StepStore& store);

}  // namespace dpr
