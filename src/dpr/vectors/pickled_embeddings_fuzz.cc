// Any bytes as DPR's pickled embeddings, and as a list of ids: refused with a dpr::Error, or
// vectors that lie within them.
#include <vector>

#include "dpr/base/fuzz_file.h"
#include "dpr/vectors/foreign_vectors.h"
#include "dpr/vectors/id_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dpr::fuzzing::InputFile input;
  const dpr::Path& path = input.Write(data, size);
  dpr::fuzzing::Try([&] {
    const auto file = dpr::OpenPickledEmbeddings(path);
    std::vector<float> vector(static_cast<size_t>(file->dimensions()));
    file->ForEach([&](std::string_view, uint64_t place) { file->Read(place, vector); });
  });
  dpr::fuzzing::Try([&] { dpr::ForEachId(path, [](std::string_view) {}); });
  return 0;
}
