# Writes OUT, a C++ file that holds the texts of FILES (experiments/*.json) by their names: what
# src/dpr/experiments/catalogue.h declares. Run as a script: cmake -D OUT=... -D FILES="a;b" -P THIS
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND entries "    {\"${name}\", R\"dpr~(${text})dpr~\"},\n")
endforeach()
file(WRITE ${OUT} "// Made by cmake/embed_experiments.cmake.
#include \"dpr/experiments/catalogue.h\"

namespace dpr {

std::span<const EmbeddedExperiment> EmbeddedExperiments() {
  static const EmbeddedExperiment kAll[] = {
${entries}  };
  return kAll;
}

}  // namespace dpr
")
