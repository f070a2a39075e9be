// Writes safetensors (safetensors.h has the layout) tensor by tensor, so that a model need not be
// in memory twice, or at all: the header is fixed first, then the values come in its order.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

// A tensor's place in the header.
struct TensorHeader {
  std::string name;
  Shape shape;
};

// A file of f32 tensors that appears at Commit(), by fsync and rename, and not before; without it
// nothing is left behind. The data begins at a multiple of 8 bytes, so that it can be read from a
// mapping. Not thread-safe.
class SafetensorsWriter {
 public:
  // `metadata` goes under `__metadata__`; "format": "pt" is added, which `transformers` asks for.
  SafetensorsWriter(const Path& file, const std::vector<TensorHeader>& tensors,
                    const std::map<std::string, std::string>& metadata = {});

  // The next values of the tensors end to end, in the order of the header, in pieces of any size.
  void Write(std::span<const float> values);
  void Commit();  // after the last value of the last tensor

 private:
  AtomicFile out_;
  int64_t missing_ = 0;  // values that have not been written
};

}  // namespace dpr
