// The hash is XXH3 with 128 bits, whatever the pieces in which it is fed.
#include "dpr/base/checksum.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 131 + i / 7);
  return bytes;
}

// The one-shot function of the library is the twin of the streaming one.
std::string Reference(const std::string& bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return text;
}

// xxhsum -H2 of an empty file; stands for the byte order of the digits.
TEST(Hasher, HasTheKnownValueForNothing) {
  EXPECT_EQ(HashHex(std::string_view()), "99aa06d3014798d86001c324468d497f");
}

TEST(Hasher, EqualsTheOneShotHashForEveryCutting) {
  for (const size_t size : {0u, 1u, 3u, 16u, 17u, 128u, 129u, 240u, 241u, 1023u, 1024u, 100003u}) {
    const std::string bytes = Bytes(size);
    EXPECT_EQ(HashHex(bytes), Reference(bytes)) << size;
    for (const size_t piece : {1u, 7u, 256u, 1025u}) {
      Hasher hasher;
      for (size_t at = 0; at < size; at += piece) {
        hasher.Add(std::string_view(bytes).substr(at, piece));
      }
      EXPECT_EQ(hasher.Hex(), Reference(bytes)) << size << " in pieces of " << piece;
    }
  }
}

TEST(Hasher, HexDoesNotEndTheStream) {
  Hasher hasher;
  hasher.Add("ab");
  EXPECT_EQ(hasher.Hex(), HashHex("ab"));
  hasher.Add("c");
  EXPECT_EQ(hasher.Hex(), HashHex("abc"));
}

TEST(Hasher, FieldsHaveBordersAndPlainTextHasNot) {
  EXPECT_EQ(Hasher().Add("ab").Add("c").Hex(), Hasher().Add("a").Add("bc").Hex());
  EXPECT_NE(Hasher().AddField("ab").AddField("c").Hex(),
            Hasher().AddField("a").AddField("bc").Hex());
}

TEST(Hasher, NumbersAreLittleEndianBytes) {
  EXPECT_EQ(Hasher().AddNumber(0x0807060504030201).Hex(),
            HashHex("\x01\x02\x03\x04\x05\x06\x07\x08"));
}

TEST(HashFile, EqualsTheHashOfItsContent) {
  const testing::TemporaryFolder folder;
  const std::string bytes = Bytes((size_t{3} << 20) + 5);
  EXPECT_EQ(HashFile(folder.Write("a", bytes)), Reference(bytes));
}

}  // namespace
}  // namespace dpr
