// DPR's pickled embeddings. The place of a vector is the byte in the file where its numbers begin.
#include <fmt/format.h>

#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/pickle.h"
#include "dpr/vectors/foreign_vectors.h"

namespace dpr {
namespace {

using Kind = PickleValue::Kind;

constexpr const char* kSaveAgain =
    "Save it with pickle.dump([(id, array), ...], file, protocol=4), each array one vector of "
    "numpy.float32";

// The parts of an array that matter; null where they are not what they should be.
struct ArrayParts {
  const PickleValue* shape = nullptr;
  const PickleValue* type = nullptr;
  const PickleValue* bytes = nullptr;
};

const PickleValue* ItemOf(const Pickle& pickle, const PickleValue* tuple, size_t i) {
  if (tuple == nullptr || tuple->kind != Kind::kTuple || i >= tuple->items.size()) return nullptr;
  return &pickle.item(*tuple, i);
}

// Protocol 4 and below make an empty array and give it (version, shape, type, is Fortran's, bytes);
// protocol 5 makes it of (bytes, type, shape, order).
ArrayParts PartsOf(const Pickle& pickle, const PickleValue& value) {
  std::string callee = pickle.Callee(value);
  constexpr std::string_view kNumpy2 = "numpy._core.";
  if (callee.starts_with(kNumpy2)) callee = "numpy.core." + callee.substr(kNumpy2.size());
  if (callee == "numpy.core.multiarray _reconstruct") {
    const PickleValue* state = pickle.State(value);
    return {ItemOf(pickle, state, 1), ItemOf(pickle, state, 2), ItemOf(pickle, state, 4)};
  }
  if (callee == "numpy.core.numeric _frombuffer") {
    const PickleValue* arguments = &pickle.item(value, 1);
    return {ItemOf(pickle, arguments, 2), ItemOf(pickle, arguments, 1),
            ItemOf(pickle, arguments, 0)};
  }
  return {};
}

// "<f4" of numpy.dtype('f4', ...) with the state (3, '<', ...).
std::string TypeName(const Pickle& pickle, const PickleValue* type) {
  if (type == nullptr || pickle.Callee(*type) != "numpy dtype") return {};
  const PickleValue* name = ItemOf(pickle, &pickle.item(*type, 1), 0);
  const PickleValue* order = ItemOf(pickle, pickle.State(*type), 1);
  if (name == nullptr || name->kind != Kind::kText) return {};
  const bool said = order != nullptr && order->kind == Kind::kText;
  return fmt::format("{}{}", said ? order->text : std::string_view(), name->text);
}

// How many numbers a vector of this shape has: (d) or (1, d). 0 for any other.
int64_t CountOf(const Pickle& pickle, const PickleValue* shape) {
  if (shape == nullptr || shape->kind != Kind::kTuple || shape->items.empty()) return 0;
  for (size_t i = 0; i + 1 < shape->items.size(); ++i) {
    if (pickle.item(*shape, i).integer != 1) return 0;
  }
  const PickleValue& last = pickle.item(*shape, shape->items.size() - 1);
  return last.kind == Kind::kInteger ? last.integer : 0;
}

class PickledEmbeddings : public ForeignVectors {
 public:
  explicit PickledEmbeddings(const Path& path)
      : ForeignVectors(path, "pickled embeddings of DPR's"), file_(path) {
    ForEachPickled(
        file_.bytes(), path.string(), [&](const Pickle& pickle, const PickleValue& item) {
          dimensions_ = static_cast<int64_t>(VectorOf(pickle, item, 1).size() / sizeof(float));
          return false;
        });
    if (dimensions_ > 0) return;
    throw Error(ErrorCode::kInvalid, "the list holds no vectors", path.string(), kSaveAgain);
  }

  int64_t dimensions() const override { return dimensions_; }
  std::optional<int64_t> rows() const override { return std::nullopt; }
  bool has_ids() const override { return true; }

  void ForEach(const Visit& visit) const override {
    int64_t number = 0;
    ForEachPickled(file_.bytes(), path().string(),
                   [&](const Pickle& pickle, const PickleValue& item) {
                     const std::string_view vector = VectorOf(pickle, item, ++number);
                     const auto dimensions = static_cast<int64_t>(vector.size() / sizeof(float));
                     if (dimensions != dimensions_) {
                       Fail(number, fmt::format("has a vector of {} dimensions, the first {}",
                                                dimensions, dimensions_));
                     }
                     const auto place = static_cast<uint64_t>(vector.data() - file_.text().data());
                     visit(IdOf(pickle, item, number), place);
                     return true;
                   });
  }

  void Read(uint64_t place, std::span<float> into) const override {
    DPR_CHECK(into.size() == static_cast<size_t>(dimensions_));
    DPR_CHECK(place + into.size_bytes() <= file_.bytes().size());
    std::memcpy(into.data(), file_.bytes().data() + place, into.size_bytes());
  }

  void Release() const override { file_.Release(0, file_.bytes().size()); }

 private:
  [[noreturn]] void Fail(int64_t number, const std::string& problem,
                         ErrorCode code = ErrorCode::kInvalid) const {
    throw Error(code, fmt::format("item {} of the pickled list {}", number, problem),
                path().string(), kSaveAgain);
  }

  std::string IdOf(const Pickle& pickle, const PickleValue& item, int64_t number) const {
    const PickleValue& id = pickle.item(item, 0);
    if (id.kind == Kind::kInteger) return std::to_string(id.integer);
    if (id.kind != Kind::kText || id.text.empty()) Fail(number, "begins with no id");
    return std::string(id.text);
  }

  // The bytes of the item's vector.
  std::string_view VectorOf(const Pickle& pickle, const PickleValue& item, int64_t number) const {
    const PickleValue* array = ItemOf(pickle, &item, 1);
    if (array == nullptr) Fail(number, "is no tuple of an id and a vector");
    const ArrayParts parts = PartsOf(pickle, *array);
    if (parts.shape == nullptr) {
      const std::string callee = pickle.Callee(*array);
      Fail(number, callee.empty() ? "has no array of NumPy's as its vector"
                                  : "has as its vector what `" + callee + "` would make");
    }
    if (const std::string type = TypeName(pickle, parts.type); type != "<f4") {
      Fail(number, "has a vector of the type `" + type + "`, and float32 (`<f4`) is needed",
           ErrorCode::kUnsupported);
    }
    if (parts.bytes == nullptr || parts.bytes->kind != Kind::kBytes) {
      Fail(number, "was saved with pickle's protocol 2 or below, which keeps numbers as text",
           ErrorCode::kUnsupported);
    }
    const int64_t count = CountOf(pickle, parts.shape);
    if (count < 1 || static_cast<uint64_t>(count) != parts.bytes->text.size() / sizeof(float) ||
        parts.bytes->text.size() % sizeof(float) != 0) {
      Fail(number, "has an array that is not one vector");
    }
    return parts.bytes->text;
  }

  MappedFile file_;
  int64_t dimensions_ = 0;
};

}  // namespace

std::unique_ptr<ForeignVectors> OpenPickledEmbeddings(const Path& path) {
  return std::make_unique<PickledEmbeddings>(path);
}

}  // namespace dpr
