// safetensors, the file format of Hugging Face's weights:
//
//   u64 little-endian   length of the header
//   header              JSON, padded with spaces: {"__metadata__": {text: text},
//                         NAME: {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, ..}
//   data                the tensors' elements, row-major, little-endian; offsets count from here
//
// The data is covered without holes and without overlap, and the file ends with it, as in the
// format's own reader. A model in several files (shards) has model.safetensors.index.json:
// {"weight_map": {NAME: FILE}}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

// The tensors of one file, in the order of their places, without `file` set. kInvalid, naming the
// tensor, for any header that does not fit `file`; nothing is read outside of it.
std::vector<StoredTensor> ParseSafetensors(std::span<const std::byte> file,
                                           const std::string& where);

// The tensors of one file.
StoredTensors OpenSafetensors(const Path& file);
// The tensors of a model's folder: model.safetensors, or the shards that its index names.
// kNotFound when it has neither; kUnsupported when it has weights in torch's format only.
StoredTensors OpenModelTensors(const Path& folder);

// A tensor to write. Does not own its values.
struct NamedTensor {
  std::string name;
  Shape shape;
  std::span<const float> values;
};

// Writes a file in f32 that `transformers` reads, by fsync and rename.
void WriteSafetensors(const Path& file, std::span<const NamedTensor> tensors);

}  // namespace dpr
