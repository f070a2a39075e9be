// Any bytes as passages.sqlite: every way of reading it gives something or a dpr::Error.
#include <unistd.h>

#include <cstdint>
#include <string>

#include "dpr/base/error.h"
#include "dpr/collection/passage_store.h"

namespace {

struct TemporaryFile {
  dpr::Path path =
      std::filesystem::temp_directory_path() / ("dpr-fuzz-" + std::to_string(::getpid()));
  ~TemporaryFile() { dpr::RemoveAll(path); }
};

template <typename Body>
void Try(Body body) {
  try {
    body();
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // SQLite wants a name that leads to the file.
  static const TemporaryFile file;
  const dpr::Path& path = file.path;
  dpr::File::Create(path).Write(std::as_bytes(std::span(data, size)));
  for (const auto use : {dpr::StoreUse::kPassages, dpr::StoreUse::kIds}) {
    Try([&] {
      const dpr::PassageStore store(path, 3, use);
      Try([&] { store.Find("a1"); });
      Try([&] { store.Get(1); });
      Try([&] { store.SourceOf(1); });
      Try([&] { store.Sources(); });
      Try([&] { store.GetFrom(0, 100, 1 << 20); });
      Try([&] { store.IdsAfter("a", 100); });
      Try([&] { store.IdsAfter(std::nullopt, 100); });
    });
  }
  return 0;
}
