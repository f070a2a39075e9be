#include "dpr/bert/stored_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// IEEE half to float without branches, so that compilers vectorise it: shift the exponent and the
// fraction into place, then multiply by 2^112, which corrects the exponent's bias and normalises
// subnormal halves. Infinity and NaN, the exponent 31, are put right after.
float FromHalf(uint16_t half) {
  const uint32_t magnitude = uint32_t{half & 0x7FFFu} << 13;
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude >= (uint32_t{31} << 23) ? 0x7F800000u : 0u;
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | special | sign);
}

float FromBfloat16(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

template <float (*convert)(uint16_t)>
void ConvertHalves(const std::byte* from, int64_t count, float* to) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t value;
    std::memcpy(&value, from + 2 * i, sizeof value);
    to[i] = convert(value);
  }
}

constexpr ElementFormat kElementFormats[] = {
    {"F32", ElementType::kF32, 4},   {"F16", ElementType::kF16, 2},
    {"BF16", ElementType::kBf16, 2}, {"F64", ElementType::kOther, 8},
    {"I64", ElementType::kOther, 8}, {"I32", ElementType::kOther, 4},
    {"I16", ElementType::kOther, 2}, {"I8", ElementType::kOther, 1},
    {"U8", ElementType::kOther, 1},  {"BOOL", ElementType::kOther, 1},
};

// 1 for NaN and the infinities, whose exponent is all ones; else 0.
uint32_t NonFinite(float value) {
  return (std::bit_cast<uint32_t>(value) & 0x7F800000u) == 0x7F800000u ? 1u : 0u;
}

}  // namespace

const ElementFormat* FindElementFormat(std::string_view name) {
  const auto found = std::find_if(std::begin(kElementFormats), std::end(kElementFormats),
                                  [&](const ElementFormat& format) { return name == format.name; });
  return found == std::end(kElementFormats) ? nullptr : found;
}

std::string ShapeName(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

int64_t ElementCount(const Shape& shape, const std::string& where) {
  constexpr int64_t kMost = int64_t{1} << 48;
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || (size != 0 && count > kMost / size)) {
      throw Error(ErrorCode::kInvalid, "the shape " + ShapeName(shape) + " makes no tensor", where,
                  "The file may be damaged; copy or download it again");
    }
    count *= size;
  }
  return count;
}

const StoredTensor* StoredTensors::Find(const std::string& name) const {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

StoredTensors StoredTensors::Below(const std::string& prefix) const {
  StoredTensors below;
  below.files = files;
  for (auto found = tensors.lower_bound(prefix);
       found != tensors.end() && found->first.starts_with(prefix); ++found) {
    StoredTensor tensor = found->second;
    tensor.name = found->first.substr(prefix.size());
    const std::string name = tensor.name;
    below.tensors.emplace(name, std::move(tensor));
  }
  return below;
}

FloatTensor::FloatTensor(const StoredTensor& stored)
    : shape_(stored.shape), size_(ElementCount(stored.shape, stored.file->path().string())) {
  if (stored.type == ElementType::kOther) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("the tensor `{}` has elements of type {}", stored.name, stored.type_name),
        stored.file->path().string(), "dpr reads F32, F16 and BF16");
  }
  const bool aligned = reinterpret_cast<uintptr_t>(stored.data()) % alignof(float) == 0;
  if (stored.type == ElementType::kF32 && aligned) {
    data_ = reinterpret_cast<const float*>(stored.data());
    file_ = stored.file;
  } else {
    own_ = std::make_shared<AlignedBuffer<float>>(std::max<size_t>(1, static_cast<size_t>(size_)));
    data_ = own_->data();
  }
}

FloatTensor::FloatTensor(Shape shape, std::span<const float> values)
    : shape_(std::move(shape)), size_(ElementCount(shape_, {})) {
  DPR_CHECK(size_ == static_cast<int64_t>(values.size()));
  own_ = std::make_shared<AlignedBuffer<float>>(std::max<size_t>(1, values.size()));
  std::copy(values.begin(), values.end(), own_->data());
  data_ = own_->data();
}

ConstFloatView FloatTensor::matrix() const {
  DPR_CHECK(shape_.size() == 2);
  return {data_, shape_[0], shape_[1]};
}

void FloatTensor::ConvertRange(const StoredTensor& stored, int64_t begin, int64_t count) {
  if (own_ == nullptr) return;
  float* to = own_->data() + begin;
  switch (stored.type) {
    case ElementType::kF32:
      std::memcpy(to, stored.data() + 4 * begin, static_cast<size_t>(4 * count));
      break;
    case ElementType::kF16:
      ConvertHalves<FromHalf>(stored.data() + 2 * begin, count, to);
      break;
    case ElementType::kBf16:
      ConvertHalves<FromBfloat16>(stored.data() + 2 * begin, count, to);
      break;
    case ElementType::kOther:
      DPR_CHECK(stored.type != ElementType::kOther);
  }
}

int64_t FloatTensor::FirstNonFinite(int64_t begin, int64_t count) const {
  constexpr int64_t kBlock = 4096;  // without an early exit inside, so that it vectorises
  for (int64_t i = begin; i < begin + count; i += kBlock) {
    const int64_t end = std::min(i + kBlock, begin + count);
    uint32_t found = 0;
    for (int64_t j = i; j < end; ++j) found |= NonFinite(data_[j]);
    for (int64_t j = i; found != 0 && j < end; ++j) {
      if (NonFinite(data_[j]) != 0) return j;
    }
  }
  return -1;
}

void FloatTensor::Release() const {
  if (file_ == nullptr) return;
  const std::byte* begin = reinterpret_cast<const std::byte*>(data_);
  file_->Release(static_cast<size_t>(begin - file_->bytes().data()),
                 static_cast<size_t>(size_) * sizeof(float));
}

}  // namespace dpr
