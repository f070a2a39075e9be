// safetensors, the file format of Hugging Face's weights:
//
//   u64 little-endian   length of the header
//   header              JSON, padded with spaces: {"__metadata__": {text: text},
//                         NAME: {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, ..}
//   data                the tensors' elements, row-major, little-endian; offsets count from here
//
// The data is covered without holes and without overlap, and the file ends with it, as in the
// format's own reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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

// Text by name from the `__metadata__` of a file; empty where it has none. kInvalid for what is no
// safetensors file.
std::map<std::string, std::string> ReadSafetensorsMetadata(const Path& file);

// A tensor to write. Does not own its values.
struct NamedTensor {
  std::string name;
  Shape shape;
  std::span<const float> values;
};

// Writes a file in f32 that `transformers` reads, by fsync and rename.
void WriteSafetensors(const Path& file, std::span<const NamedTensor> tensors);

}  // namespace dpr
