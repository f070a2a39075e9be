#include "dpr/base/checksum.h"

#include <xxhash.h>

#include <new>
#include <vector>

#include "dpr/base/error.h"

namespace dpr {

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    if (xxh == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::Add(std::span<const std::byte> bytes) {
  if (!bytes.empty()) XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::Add(std::string_view text) { return Add(std::as_bytes(std::span(text))); }

Hasher& Hasher::AddField(std::string_view text) { return AddNumber(text.size()).Add(text); }

Hasher& Hasher::AddNumber(uint64_t number) {
  std::byte bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i) & 0xff);
  return Add(std::span<const std::byte>(bytes));
}

std::string Hasher::Hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
  std::string hex;
  for (const unsigned char byte : canonical.digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Hash128 HashNumbers(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

std::string HashHex(std::span<const std::byte> bytes) { return Hasher().Add(bytes).Hex(); }
std::string HashHex(std::string_view text) { return Hasher().Add(text).Hex(); }

std::string HashFile(const Path& path) {
  File file = File::OpenForReading(path);
  std::vector<std::byte> buffer(1 << 20);
  Hasher hasher;
  while (const size_t got = file.Read(buffer)) hasher.Add(std::span(buffer).first(got));
  return hasher.Hex();
}

}  // namespace dpr
