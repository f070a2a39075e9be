// The experiments that are part of the program (experiments/*.json, compiled in), and those that a
// user has in files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/experiments/definition.h"

namespace dpr {

struct EmbeddedExperiment {
  std::string_view name, text;
};
// In the order of their names.
std::span<const EmbeddedExperiment> EmbeddedExperiments();

// `name` is one of these, or a path to a .json file. kUsage for any other, with the nearest name.
Definition OpenDefinition(const std::string& name, Size size);
// Those of `names`, in that order; without names all that are embedded.
std::vector<Definition> OpenDefinitions(const std::vector<std::string>& names, Size size);

}  // namespace dpr
