// One hash for everything: checksums of files, fingerprints of content, identity of sources.
//
// XXH3 with 128 bits (xxHash by Yann Collet): it reads faster than memory delivers, so verifying a
// collection costs what reading it costs, and 128 bits make accidental equality of two contents
// negligible. It is no defence against somebody who forges content.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dpr/base/file.h"

namespace dpr {

// Streaming hash. Feed it in pieces of any size; the pieces' borders do not matter.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& Add(std::span<const std::byte> bytes);
  Hasher& Add(std::string_view text);
  // The length first, then the text: for sequences of fields, where borders do matter.
  Hasher& AddField(std::string_view text);
  Hasher& AddNumber(uint64_t number);  // 8 bytes, little-endian
  std::string Hex() const;             // 32 lower-case hexadecimal digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same 128 bits as numbers, for tables of many.
struct Hash128 {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
};
Hash128 HashNumbers(std::string_view text);

std::string HashHex(std::span<const std::byte> bytes);
std::string HashHex(std::string_view text);
std::string HashFile(const Path& path);

}  // namespace dpr
