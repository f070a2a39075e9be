// Any bytes as a graph's file: opened, walked as far as it is sound, and verified. Whatever they
// are, a dpr::Error or a sound file.
#include <sys/mman.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/graph_walk.h"

namespace {

void OpenAndWalk(const dpr::Path& path) {
  const dpr::GraphFile file(path);
  const dpr::GraphView graph = file.view();
  const std::vector<float> question(static_cast<size_t>(graph.codes.codes.columns), 0.5f);
  const dpr::NodeNearness nearness(graph.codes, file.similarity(), question.data());
  dpr::GraphWalk().Walk(graph, nearness, 10, 10);
  file.Verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dpr::File file = dpr::File::OpenForUpdating(
      "/proc/self/fd/" + std::to_string(::memfd_create("fuzz", MFD_CLOEXEC)));
  file.Truncate(0);
  file.WriteAt(0, std::as_bytes(std::span(data, size)));
  try {
    OpenAndWalk("/proc/self/fd/" + std::to_string(file.descriptor()));
  } catch (const dpr::Error&) {
  }
  return 0;
}
