#include "dpr/bert/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/bert/stored_zip.h"

namespace dpr {
namespace {

using Kind = PickleValue::Kind;

constexpr const char* kSaveAgain = "Save the model again as safetensors";
// What the first pickle of a legacy file is, as its bytes: 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

// torch's names of storages, as a pickle has them.
constexpr std::pair<std::string_view, std::string_view> kStorages[] = {
    {"torch FloatStorage", "F32"},  {"torch HalfStorage", "F16"}, {"torch BFloat16Storage", "BF16"},
    {"torch DoubleStorage", "F64"}, {"torch LongStorage", "I64"}, {"torch IntStorage", "I32"},
    {"torch ShortStorage", "I16"},  {"torch CharStorage", "I8"},  {"torch ByteStorage", "U8"},
    {"torch BoolStorage", "BOOL"},
};

// Null: a type of elements that is not known.
const ElementFormat* FindStorage(std::string_view name) {
  for (const auto& [storage, format] : kStorages) {
    if (storage == name) return FindElementFormat(format);
  }
  return nullptr;
}

// The first `bytes` of a storage in the file.
using StorageFinder =
    std::function<std::span<const std::byte>(std::string_view key, uint64_t bytes)>;

// Turns what a pickle says of tensors into their places in the file.
class TensorReader {
 public:
  TensorReader(const Pickle& pickle, std::span<const std::byte> file, StorageFinder find,
               const std::string& where)
      : pickle_(pickle), file_(file), find_(std::move(find)), where_(where) {}

  std::vector<StoredTensor> Run() const {
    const PickleValue* dict = &pickle_.at(pickle_.root);
    for (const char* key : {"model_dict", "state_dict"}) {
      if (const PickleValue* inner = pickle_.Find(*dict, key)) {
        dict = inner;
        break;
      }
    }
    const size_t first = dict->kind == Kind::kCall ? 2 : 0;
    if (dict->kind != Kind::kDict && dict->kind != Kind::kCall) {
      throw Error(ErrorCode::kInvalid, "it holds no dict of tensors", where_, kSaveAgain);
    }
    std::vector<StoredTensor> tensors;
    for (size_t i = first; i + 1 < dict->items.size(); i += 2) {
      const PickleValue& name = pickle_.item(*dict, i);
      if (name.kind != Kind::kText) continue;
      if (auto tensor = Read(std::string(name.text), pickle_.item(*dict, i + 1))) {
        tensors.push_back(std::move(*tensor));
      }
    }
    return tensors;
  }

 private:
  [[noreturn]] void Fail(const std::string& name, const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, fmt::format("the tensor `{}` {}", name, problem), where_,
                "Is the file damaged, or cut short?");
  }

  bool IsCallOf(const PickleValue& value, std::string_view callee, size_t arguments) const {
    return pickle_.Callee(value) == callee && value.items.size() >= 2 &&
           pickle_.item(value, 1).kind == Kind::kTuple &&
           pickle_.item(value, 1).items.size() >= arguments;
  }

  // Nothing for what is no tensor.
  std::optional<StoredTensor> Read(const std::string& name, const PickleValue& value) const {
    if (IsCallOf(value, "torch._utils _rebuild_parameter", 1)) {
      const PickleValue& inner = pickle_.item(pickle_.item(value, 1), 0);
      // A parameter is made of a tensor; deeper nesting is nothing that torch writes.
      if (IsCallOf(inner, "torch._utils _rebuild_tensor_v2", 4)) return Place(name, inner);
      return std::nullopt;
    }
    if (IsCallOf(value, "torch._utils _rebuild_tensor_v2", 4)) return Place(name, value);
    return std::nullopt;
  }

  StoredTensor Place(const std::string& name, const PickleValue& call) const {
    const PickleValue& arguments = pickle_.item(call, 1);
    const PickleValue& reference = pickle_.item(arguments, 0);
    const PickleValue& start = pickle_.item(arguments, 1);
    if (reference.kind != Kind::kReference || start.kind != Kind::kInteger) {
      Fail(name, "does not say where its elements are");
    }
    StoredTensor tensor;
    tensor.name = name;
    tensor.shape = Sizes(name, pickle_.item(arguments, 2));
    const int64_t count = ElementCount(tensor.shape, where_ + ", tensor `" + name + "`");
    RequireRowMajor(name, tensor.shape, Sizes(name, pickle_.item(arguments, 3)));
    const auto [type, storage] = Storage(name, pickle_.item(reference, 0));
    tensor.type = type->type;
    tensor.type_name = type->name;
    const auto elements = static_cast<int64_t>(storage.size()) / type->bytes;
    if (start.integer < 0 || start.integer > elements || count > elements - start.integer) {
      Fail(name, fmt::format("has {} elements from {} on, of {} that are stored", count,
                             start.integer, elements));
    }
    tensor.offset = static_cast<uint64_t>(storage.data() - file_.data()) +
                    static_cast<uint64_t>(start.integer * type->bytes);
    tensor.bytes = static_cast<uint64_t>(count * type->bytes);
    return tensor;
  }

  Shape Sizes(const std::string& name, const PickleValue& tuple) const {
    Shape sizes;
    if (tuple.kind != Kind::kTuple) Fail(name, "has no shape");
    for (size_t i = 0; i < tuple.items.size(); ++i) {
      const PickleValue& size = pickle_.item(tuple, i);
      if (size.kind != Kind::kInteger) Fail(name, "has a shape of other things than numbers");
      sizes.push_back(size.integer);
    }
    return sizes;
  }

  void RequireRowMajor(const std::string& name, const Shape& shape, const Shape& strides) const {
    if (strides.size() != shape.size()) Fail(name, "has strides of another number than sizes");
    int64_t expected = 1;
    for (size_t i = shape.size(); i-- > 0;) {
      if (shape[i] != 1 && strides[i] != expected) {
        throw Error(ErrorCode::kUnsupported,
                    fmt::format("the tensor `{}` is not stored row by row", name), where_,
                    "Save the model again with tensors made contiguous()");
      }
      expected *= std::max<int64_t>(shape[i], 1);
    }
  }

  // ("storage", torch.FloatStorage, KEY, device, elements, ...)
  std::pair<const ElementFormat*, std::span<const std::byte>> Storage(const std::string& name,
                                                                      const PickleValue& id) const {
    if (id.kind != Kind::kTuple || id.items.size() < 5 || pickle_.item(id, 1).kind != Kind::kName ||
        pickle_.item(id, 2).kind != Kind::kText || pickle_.item(id, 4).kind != Kind::kInteger) {
      Fail(name, "refers to no storage");
    }
    const std::string type_name = pickle_.Name(pickle_.item(id, 1));
    const ElementFormat* const type = FindStorage(type_name);
    if (type == nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the tensor `{}` has elements of type {}", name, type_name), where_,
                  kSaveAgain);
    }
    const int64_t elements = pickle_.item(id, 4).integer;
    if (elements < 0 || elements > static_cast<int64_t>(file_.size()) / type->bytes) {
      Fail(name, "refers to a storage larger than the file");
    }
    return {type, find_(pickle_.item(id, 2).text, static_cast<uint64_t>(elements * type->bytes))};
  }

  const Pickle& pickle_;
  std::span<const std::byte> file_;
  StorageFinder find_;
  std::string where_;
};

TorchFile ParseZip(std::span<const std::byte> file, const std::string& where) {
  const auto files = ParseStoredZip(file, where);
  std::string folder;
  for (const auto& [name, bytes] : files) {
    const size_t slash = name.find('/');
    if (slash != std::string::npos && name.substr(slash) == "/data.pkl") {
      folder = name.substr(0, slash);
    }
  }
  if (folder.empty()) {
    throw Error(ErrorCode::kInvalid, "this zip archive is none of torch's: it has no data.pkl",
                where, kSaveAgain);
  }
  Pickle pickle = ReadPickle(files.at(folder + "/data.pkl"), where + ", data.pkl");
  const auto find = [&](std::string_view key, uint64_t bytes) {
    const auto found = files.find(fmt::format("{}/data/{}", folder, key));
    if (found == files.end() || found->second.size() < bytes) {
      throw Error(ErrorCode::kInvalid, fmt::format("the storage `{}` is missing or cut short", key),
                  where, "Is the file damaged?");
    }
    return found->second.first(bytes);
  };
  std::vector<StoredTensor> tensors = TensorReader(pickle, file, find, where).Run();
  return {std::move(pickle), std::move(tensors)};
}

// Storages by key; the size of each is known from the tensors that refer to it, so that the
// elements of one are stepped over by what its type says.
std::map<std::string, int64_t> ElementBytesByKey(const Pickle& pickle) {
  std::map<std::string, int64_t> bytes;
  for (const PickleValue& value : pickle.values) {
    if (value.kind != Kind::kReference) continue;
    const PickleValue& id = pickle.item(value, 0);
    if (id.kind != Kind::kTuple || id.items.size() < 3) continue;
    if (const ElementFormat* type = FindStorage(pickle.Name(pickle.item(id, 1)))) {
      bytes[std::string(pickle.item(id, 2).text)] = type->bytes;
    }
  }
  return bytes;
}

TorchFile ParseLegacy(std::span<const std::byte> file, const std::string& where) {
  size_t at = 0;
  const auto next = [&](const char* what) {
    Pickle pickle = ReadPickle(file.subspan(at), where + ", " + what);
    at += pickle.bytes;
    return pickle;
  };
  const Pickle magic = next("magic number");
  if (magic.at(magic.root).text != kLegacyMagic) {
    throw Error(ErrorCode::kInvalid, "this is none of torch's files", where, kSaveAgain);
  }
  next("version");
  next("machine");
  Pickle saved = next("what was saved");
  const Pickle keys = next("keys");
  const std::map<std::string, int64_t> element_bytes = ElementBytesByKey(saved);
  std::map<std::string, std::span<const std::byte>> storages;
  const PickleValue& list = keys.at(keys.root);
  for (size_t i = 0; i < list.items.size(); ++i) {
    const std::string key(keys.item(list, i).text);
    const auto type = element_bytes.find(key);
    int64_t elements = 0;
    if (file.size() - at < sizeof elements || type == element_bytes.end()) {
      throw Error(ErrorCode::kInvalid, "the storage `" + key + "` is missing", where,
                  "Is the file damaged, or cut short?");
    }
    std::memcpy(&elements, file.data() + at, sizeof elements);
    at += sizeof elements;
    if (elements < 0 || elements > static_cast<int64_t>(file.size() - at) / type->second) {
      throw Error(ErrorCode::kInvalid, "the storage `" + key + "` is cut short", where,
                  "Is the file damaged?");
    }
    const auto bytes = static_cast<size_t>(elements * type->second);
    storages[key] = file.subspan(at, bytes);
    at += bytes;
  }
  const auto find = [&](std::string_view key, uint64_t bytes) {
    const auto found = storages.find(std::string(key));
    if (found == storages.end() || found->second.size() < bytes) {
      throw Error(ErrorCode::kInvalid, fmt::format("the storage `{}` is missing or cut short", key),
                  where, "Is the file damaged?");
    }
    return found->second.first(bytes);
  };
  std::vector<StoredTensor> tensors = TensorReader(saved, file, find, where).Run();
  return {std::move(saved), std::move(tensors)};
}

}  // namespace

bool IsTorchFile(std::span<const std::byte> file) {
  // The first pickle of a legacy file: protocol 2, the number as a "long" of 10 bytes, its end.
  const std::string legacy = "\x80\x02\x8a\x0a" + std::string(kLegacyMagic) + ".";
  const auto beginning = std::as_bytes(std::span(legacy));
  return IsZip(file) || (file.size() >= beginning.size() &&
                         std::ranges::equal(file.first(beginning.size()), beginning));
}

TorchFile ReadTorchFile(std::span<const std::byte> file, const std::string& where) {
  return IsZip(file) ? ParseZip(file, where) : ParseLegacy(file, where);
}

std::vector<StoredTensor> ParseTorchFile(std::span<const std::byte> file,
                                         const std::string& where) {
  return ReadTorchFile(file, where).tensors;
}

}  // namespace dpr
