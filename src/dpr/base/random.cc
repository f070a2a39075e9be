#include "dpr/base/random.h"

namespace dpr {
namespace {

__extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using)

struct Product {
  uint32_t high, low;
};

Product Multiply(uint32_t a, uint32_t b) {
  const uint64_t product = uint64_t{a} * b;
  return {static_cast<uint32_t>(product >> 32), static_cast<uint32_t>(product)};
}

}  // namespace

std::array<uint32_t, 4> CounterRandom::Block(uint64_t position) const {
  std::array<uint32_t, 4> c = {
      static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32),
      static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)};
  uint32_t key0 = static_cast<uint32_t>(seed_), key1 = static_cast<uint32_t>(seed_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const Product p0 = Multiply(0xD2511F53u, c[0]), p1 = Multiply(0xCD9E8D57u, c[2]);
    c = {p1.high ^ c[1] ^ key0, p1.low, p0.high ^ c[3] ^ key1, p0.low};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

uint64_t CounterRandom::Bits(uint64_t position) const {
  const auto block = Block(position);
  return uint64_t{block[1]} << 32 | block[0];
}

double CounterRandom::Uniform(uint64_t position) const {
  return static_cast<double>(Bits(position) >> 11) * 0x1p-53;
}

uint64_t CounterRandom::Below(uint64_t position, uint64_t bound) const {
  // The high half of bits * bound; its bias is below bound / 2^64.
  return static_cast<uint64_t>((static_cast<Wide>(Bits(position)) * bound) >> 64);
}

}  // namespace dpr
