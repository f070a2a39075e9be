#include "dpr/bert/stored_tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

// IEEE 754 binary16, from its definition.
double HalfByDefinition(uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const double sign = half >> 15 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// A file with these values, and a tensor over `count` of them from byte `offset` on.
template <typename T>
StoredTensor Store(const testing::TemporaryFolder& folder, const std::vector<T>& values,
                   ElementType type, uint64_t offset, int64_t count) {
  std::string bytes(offset + values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data() + offset, values.data(), values.size() * sizeof(T));
  const Path path = folder.Write("values", bytes);
  StoredTensor stored;
  stored.name = "values";
  stored.type = type;
  stored.shape = {count};
  stored.file = std::make_shared<const MappedFile>(path);
  stored.offset = offset;
  stored.bytes = count * sizeof(T);
  return stored;
}

TEST(FloatTensor, ConvertsEveryHalf) {
  const testing::TemporaryFolder folder;
  std::vector<uint16_t> halves(1 << 16);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  const StoredTensor stored = Store(folder, halves, ElementType::kF16, 1, 1 << 16);
  FloatTensor tensor(stored);
  tensor.ConvertRange(stored, 0, 1000);
  tensor.ConvertRange(stored, 1000, (1 << 16) - 1000);
  for (size_t i = 0; i < halves.size(); ++i) {
    const double wanted = HalfByDefinition(halves[i]);
    const float found = tensor.data()[i];
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(found)) << i;
    } else {
      EXPECT_EQ(static_cast<double>(found), wanted) << i;
      EXPECT_EQ(std::signbit(found), std::signbit(wanted)) << i;
    }
  }
}

TEST(FloatTensor, ConvertsBfloat16) {
  const testing::TemporaryFolder folder;
  const std::vector<uint16_t> values = {0x3F80, 0xC000, 0x0001, 0x8000};
  const StoredTensor stored = Store(folder, values, ElementType::kBf16, 0, 4);
  FloatTensor tensor(stored);
  tensor.ConvertRange(stored, 0, 4);
  EXPECT_EQ(tensor.data()[0], 1.0f);
  EXPECT_EQ(tensor.data()[1], -2.0f);
  EXPECT_EQ(tensor.data()[2], std::bit_cast<float>(0x00010000u));
  EXPECT_TRUE(std::signbit(tensor.data()[3]));
}

TEST(FloatTensor, ViewsAlignedFloatsAndCopiesOthers) {
  const testing::TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3};
  for (const uint64_t offset : {0, 1, 2, 3, 4, 6}) {
    const StoredTensor stored = Store(folder, values, ElementType::kF32, offset, 3);
    FloatTensor tensor(stored);
    tensor.ConvertRange(stored, 0, 3);
    const bool view =
        reinterpret_cast<const std::byte*>(tensor.data()) == stored.file->bytes().data() + offset;
    EXPECT_EQ(view, offset % 4 == 0);
    EXPECT_EQ(tensor.data()[2], 3.0f);
    tensor.Release();
    EXPECT_EQ(tensor.data()[2], 3.0f);
  }
}

TEST(FloatTensor, FindsTheFirstValueThatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> values(10000, std::numeric_limits<float>::max());
  const auto first = [&] { return FloatTensor({10000}, values).FirstNonFinite(0, 10000); };
  EXPECT_EQ(first(), -1);
  for (const int64_t place : {0, 1, 4095, 4096, 4097, 9999}) {
    for (const float bad : {nan, infinity, -infinity}) {
      values[place] = bad;
      EXPECT_EQ(first(), place);
      EXPECT_EQ(FloatTensor({10000}, values).FirstNonFinite(place + 1, 9999 - place), -1);
      values[place] = 0;
    }
  }
}

TEST(FloatTensor, RefusesOtherElementTypesByName) {
  const testing::TemporaryFolder folder;
  StoredTensor stored = Store(folder, std::vector<double>{1}, ElementType::kOther, 0, 1);
  stored.type_name = "F64";
  try {
    const FloatTensor tensor(stored);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("`values` has elements of type F64"),
              std::string::npos);
  }
}

TEST(ElementCount, RefusesShapesThatMakeNoTensor) {
  EXPECT_EQ(ElementCount({}, "x"), 1);
  EXPECT_EQ(ElementCount({3, 0, 5}, "x"), 0);
  EXPECT_EQ(ElementCount({1 << 24, 1 << 24}, "x"), int64_t{1} << 48);
  EXPECT_THROW(ElementCount({-1}, "x"), Error);
  EXPECT_THROW(ElementCount({int64_t{1} << 62, 8}, "x"), Error);
  EXPECT_THROW(ElementCount({int64_t{1} << 62, int64_t{1} << 62, 0}, "x"), Error);
}

}  // namespace
}  // namespace dpr
