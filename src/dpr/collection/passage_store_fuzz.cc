// Any bytes as passages.sqlite: every way of reading it gives something or a dpr::Error.
#include "dpr/base/fuzz_file.h"
#include "dpr/collection/passage_store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dpr::fuzzing::Try;
  // SQLite wants a name that leads to the file.
  static const dpr::fuzzing::InputFile file;
  const dpr::Path& path = file.Write(data, size);
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
