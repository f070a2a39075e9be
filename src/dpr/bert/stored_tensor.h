// Tensors as files store them, and as dpr uses them: f32, read from the mapping where the file
// holds f32, converted where it holds f16 or bf16.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

using Shape = std::vector<int64_t>;

std::string ShapeName(const Shape& shape);  // "[30522, 384]"
// The number of elements; kInvalid when a size is negative or the product beyond 2^48.
int64_t ElementCount(const Shape& shape, const std::string& where);

enum class ElementType { kF32, kF16, kBf16, kOther };

// What files call the types of elements: safetensors' names, which torch's are translated into.
struct ElementFormat {
  const char* name;  // "F32"
  ElementType type;
  int64_t bytes;  // of an element
};
const ElementFormat* FindElementFormat(std::string_view name);  // null: none that is known

// A tensor's place in a mapped file. `bytes` of them at `offset`; for kOther they are not checked
// against the shape.
struct StoredTensor {
  std::string name;
  ElementType type = ElementType::kOther;
  std::string type_name;  // as the file calls it
  Shape shape;
  std::shared_ptr<const MappedFile> file;
  uint64_t offset = 0;
  uint64_t bytes = 0;

  const std::byte* data() const { return file->bytes().data() + offset; }
};

// All tensors of a model, by name, and the files that hold them.
struct StoredTensors {
  std::map<std::string, StoredTensor> tensors;
  std::vector<std::shared_ptr<const MappedFile>> files;

  const StoredTensor* Find(const std::string& name) const;
  // Those whose names begin with `prefix`, without it.
  StoredTensors Below(const std::string& prefix) const;
};

// A tensor in f32. Copies share the values, which stay valid as long as one of them lives.
class FloatTensor {
 public:
  FloatTensor() = default;

  // A view of the mapping when that is f32 and aligned, else memory of its own that ConvertRange
  // must fill. kUnsupported for other element types.
  explicit FloatTensor(const StoredTensor& stored);
  // Copies.
  FloatTensor(Shape shape, std::span<const float> values);

  bool empty() const { return data_ == nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t size() const { return size_; }
  const float* data() const { return data_; }
  std::span<const float> values() const { return {data_, static_cast<size_t>(size_)}; }
  ConstFloatView matrix() const;  // of two dimensions

  // Fills elements [begin, begin + count) from `stored`, if they are not a view of it. Ranges may
  // be filled by different threads.
  void ConvertRange(const StoredTensor& stored, int64_t begin, int64_t count);
  // The first of these elements that is NaN or infinite, or -1.
  int64_t FirstNonFinite(int64_t begin, int64_t count) const;
  // Gives the pages of the mapping back; the values can still be read.
  void Release() const;

 private:
  Shape shape_;
  int64_t size_ = 0;
  const float* data_ = nullptr;
  std::shared_ptr<const MappedFile> file_;     // of a view
  std::shared_ptr<AlignedBuffer<float>> own_;  // of a copy
};

}  // namespace dpr
