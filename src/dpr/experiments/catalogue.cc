#include "dpr/experiments/catalogue.h"

#include "dpr/base/error.h"
#include "dpr/base/nearest_name.h"

namespace dpr {

Definition OpenDefinition(const std::string& name, Size size) {
  std::vector<std::string> names;
  for (const EmbeddedExperiment& experiment : EmbeddedExperiments()) {
    const std::string own(experiment.name);
    if (own == name)
      return ParseDefinition(experiment.text, own, "experiments/" + own + ".json", size);
    names.push_back(own);
  }
  const Path path(name);
  if (path.extension() == ".json") {
    return ParseDefinition(ReadFile(path), path.stem().string(), name, size);
  }
  const std::string nearest = NearestName(name, names);
  throw Error(ErrorCode::kUsage, "there is no experiment `" + name + "`", {},
              (nearest.empty() ? "" : "Did you mean `" + nearest + "`? ") +
                  "`dpr reproduce --list` names them; a file of yours ends in .json");
}

std::vector<Definition> OpenDefinitions(const std::vector<std::string>& names, Size size) {
  std::vector<Definition> definitions;
  for (const std::string& name : names) definitions.push_back(OpenDefinition(name, size));
  if (!names.empty()) return definitions;
  for (const EmbeddedExperiment& experiment : EmbeddedExperiments()) {
    definitions.push_back(OpenDefinition(std::string(experiment.name), size));
  }
  return definitions;
}

}  // namespace dpr
