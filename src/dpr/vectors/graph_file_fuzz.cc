// Any bytes as a graph's file: opened, walked as far as it is sound, and verified. Whatever they
// are, a dpr::Error or a sound file.
#include <cstdint>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/vectors/fuzz_file.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/graph_walk.h"

namespace {

void OpenAndWalk(const dpr::Path& path) {
  const dpr::GraphFile file(path);
  const dpr::GraphView graph = file.view();
  const std::vector<float> question(static_cast<size_t>(graph.codes.codes.columns), 0.5f);
  const dpr::NodeNearness nearness(graph.codes, file.index().similarity(), question.data());
  dpr::GraphWalk().Walk(graph, nearness, 10, 10);
  file.Verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    OpenAndWalk(dpr::testing::FileOf(data, size));
  } catch (const dpr::Error&) {
  }
  return 0;
}
