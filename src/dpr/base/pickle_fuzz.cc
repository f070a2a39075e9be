// Any bytes as a pickle, read whole and item by item: refused with a dpr::Error, or values that
// refer to values of the table and texts that lie within the bytes.
#include <cstdint>
#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/base/pickle.h"

namespace {

void RequireInside(const dpr::Pickle& pickle, std::span<const std::byte> file) {
  const auto* begin = reinterpret_cast<const char*>(file.data());
  const auto known = [&](uint32_t index) { return index < pickle.values.size(); };
  for (const dpr::PickleValue& value : pickle.values) {
    for (const uint32_t item : value.items) {
      if (!known(item)) std::abort();
    }
    if (value.state != dpr::PickleValue::kNoState && !known(value.state)) std::abort();
    if (value.text.empty()) continue;
    const bool inside =
        value.text.data() >= begin && value.text.data() + value.text.size() <= begin + file.size();
    if (!inside) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  try {
    const dpr::Pickle pickle = dpr::ReadPickle(file, "fuzz");
    if (pickle.root >= pickle.values.size() || pickle.bytes > size) std::abort();
    RequireInside(pickle, file);
  } catch (const dpr::Error&) {
  }
  try {
    dpr::ForEachPickled(file, "fuzz", [&](const dpr::Pickle& pickle, const dpr::PickleValue& item) {
      if (&item < pickle.values.data() || &item >= pickle.values.data() + pickle.values.size()) {
        std::abort();
      }
      RequireInside(pickle, file);
      return true;
    });
  } catch (const dpr::Error&) {
  }
  return 0;
}
