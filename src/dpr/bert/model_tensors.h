// The weights in a model's folder: in one file or in several (shards, named by an index
// {"weight_map": {NAME: FILE}}), as safetensors or as torch.save wrote them.
#pragma once

#include "dpr/base/file.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

// The tensors of one file: safetensors where the name ends in .safetensors, else torch's.
StoredTensors OpenTensorFile(const Path& file);

// model.safetensors or its shards; where there are none, pytorch_model.bin or its shards. kNotFound
// when there is neither.
StoredTensors OpenModelTensors(const Path& folder);

// Does the folder hold weights under any of these names?
bool HasModelTensors(const Path& folder);

}  // namespace dpr
