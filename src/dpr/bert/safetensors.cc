#include "dpr/bert/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "dpr/base/error.h"
#include "dpr/bert/json.h"
#include "dpr/bert/safetensors_writer.h"

namespace dpr {
namespace {

constexpr const char* kDamaged = "The file may be damaged or cut short; copy or download it again";
constexpr size_t kLengthBytes = sizeof(uint64_t);

std::string_view HeaderOf(std::span<const std::byte> file, const std::string& where) {
  uint64_t length = 0;
  if (file.size() >= kLengthBytes) std::memcpy(&length, file.data(), kLengthBytes);
  if (file.size() < kLengthBytes || length > file.size() - kLengthBytes) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("not a safetensors file: {} bytes do not hold the header", file.size()),
                where, kDamaged);
  }
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, length};
}

// One entry of the header. Its offsets count from the beginning of the file.
StoredTensor ParseEntry(const std::string& name, const Json& entry, uint64_t data_begin,
                        uint64_t file_size) {
  const auto fail = [&](const std::string& problem) {
    throw Error(ErrorCode::kInvalid, fmt::format("the tensor `{}` {}", name, problem),
                entry.where(), kDamaged);
  };
  const auto type_name = entry.String("dtype");
  const auto shape = entry.Member("shape");
  const auto offsets = entry.Member("data_offsets");
  if (!type_name || !shape || !offsets) fail("lacks its dtype, shape or data_offsets");

  StoredTensor tensor;
  tensor.name = name;
  tensor.type_name = *type_name;
  for (const Json& size : shape->Elements()) tensor.shape.push_back(size.AsInteger());
  const int64_t count = ElementCount(tensor.shape, entry.where() + ", tensor `" + name + "`");
  const std::vector<Json> range = offsets->Elements();
  if (range.size() != 2) fail("has data_offsets that are not two numbers");
  const int64_t begin = range[0].AsInteger(), end = range[1].AsInteger();
  if (begin < 0 || end < begin || static_cast<uint64_t>(end) > file_size - data_begin) {
    fail(fmt::format("lies at bytes {} to {} of the data, which has {}", begin, end,
                     file_size - data_begin));
  }
  if (const ElementFormat* type = FindElementFormat(*type_name)) {
    tensor.type = type->type;
    if (count * type->bytes != end - begin) {
      fail(fmt::format("of shape {} and type {} should have {} bytes, but has {}",
                       ShapeName(tensor.shape), *type_name, count * type->bytes, end - begin));
    }
  }
  tensor.offset = data_begin + static_cast<uint64_t>(begin);
  tensor.bytes = static_cast<uint64_t>(end - begin);
  return tensor;
}

void RequireFullCover(const std::vector<StoredTensor>& tensors, uint64_t data_begin,
                      uint64_t file_size, const std::string& where) {
  uint64_t covered = data_begin;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.offset != covered) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("the tensor `{}` {} the one before it", tensor.name,
                              tensor.offset < covered ? "overlaps" : "leaves a hole after"),
                  where, kDamaged);
    }
    covered += tensor.bytes;
  }
  if (covered != file_size) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("{} bytes follow the last tensor", file_size - covered), where,
                kDamaged);
  }
}

}  // namespace

std::vector<StoredTensor> ParseSafetensors(std::span<const std::byte> file,
                                           const std::string& where) {
  const std::string_view header = HeaderOf(file, where);
  const uint64_t data_begin = kLengthBytes + header.size();
  std::vector<StoredTensor> tensors;
  for (const auto& [name, entry] : Json::Parse(header, where + ", header").Members()) {
    if (name == "__metadata__") continue;
    tensors.push_back(ParseEntry(name, entry, data_begin, file.size()));
  }
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  RequireFullCover(tensors, data_begin, file.size(), where);
  return tensors;
}

std::map<std::string, std::string> ReadSafetensorsMetadata(const Path& file) {
  const MappedFile mapped(file);
  const std::string where = file.string();
  const auto metadata =
      Json::Parse(HeaderOf(mapped.bytes(), where), where + ", header").Member("__metadata__");
  std::map<std::string, std::string> texts;
  if (!metadata) return texts;
  for (const auto& [name, text] : metadata->Members()) texts.emplace(name, text.AsString());
  return texts;
}

void WriteSafetensors(const Path& file, std::span<const NamedTensor> tensors) {
  std::vector<TensorHeader> header;
  for (const NamedTensor& tensor : tensors) {
    DPR_CHECK(ElementCount(tensor.shape, {}) == static_cast<int64_t>(tensor.values.size()));
    header.push_back({tensor.name, tensor.shape});
  }
  SafetensorsWriter writer(file, header);
  for (const NamedTensor& tensor : tensors) writer.Write(tensor.values);
  writer.Commit();
}

}  // namespace dpr
