// A collection of a few passages with BM25, and a step's surroundings, for *_test.cc only.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/test_environment.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/experiments/step.h"

namespace dpr::testing {

class SmallCollection {
 public:
  explicit SmallCollection(const std::vector<std::string>& texts) {
    std::string lines;
    for (size_t i = 0; i < texts.size(); ++i) {
      lines += R"({"id":"p)" + std::to_string(i) + R"(","title":"t","text":")" + texts[i] + "\"}\n";
    }
    const Path file = folder_.Write("passages.jsonl", lines);
    IndexOptions options;
    options.lexical = LexicalRecord{};
    IndexPassages(path(), ListSources({file}), nullptr, options, silent_);
  }

  Path path() const { return folder_.path() / "collection"; }
  // The folder of a step that `make` filled.
  Path Made(const std::function<void(StepRun&)>& make) {
    StepStore store(folder_.path() / "work", stop_, silent_);
    Step step;
    step.spec = "{}";
    step.resumes = true;
    step.make = make;
    return store.Make(MakeStep(std::move(step), ++steps_));
  }

 private:
  TemporaryFolder folder_;
  NoProgress silent_;
  std::atomic<bool> stop_ = false;
  int steps_ = 0;
};

}  // namespace dpr::testing
