// The readers of an experiment file's parts. Internal to `experiments`.
#pragma once

#include <string>
#include <vector>

#include "dpr/experiments/checked_json.h"
#include "dpr/experiments/definition.h"

namespace dpr {

std::vector<SetDefinition> ReadSets(CheckedObject& document);
std::vector<EncoderDefinition> ReadEncoders(CheckedObject& document);
std::vector<NegativesDefinition> ReadNegatives(CheckedObject& document,
                                               const std::vector<std::string>& variants);
// After `definition`'s sets, encoders and negatives, whose names they use.
std::vector<VariantDefinition> ReadVariants(CheckedObject& document, const Definition& definition);

// The names of `items`.
template <typename T>
std::vector<std::string> NamesIn(const std::vector<T>& items) {
  std::vector<std::string> names;
  for (const T& item : items) names.push_back(item.name);
  return names;
}

}  // namespace dpr
