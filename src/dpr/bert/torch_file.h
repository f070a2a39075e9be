// torch.save's files, read without Python and without calling anything (pickle.h).
//
// zip (torch 1.6 and later): a zip archive, nothing compressed. NAME/data.pkl is the pickle of what
// was saved; its persistent ids ("storage", torch.FloatStorage, KEY, device, elements) name the
// storages, whose elements are the file NAME/data/KEY, row-major, little-endian.
//
// legacy: five pickles one after another (a magic number, a version, facts of the machine, what was
// saved, the list of storage keys), then for each key in that order its number of elements, 8
// bytes, and the elements.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/pickle.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

// Does the file begin as torch's do? A zip archive may still be another.
bool IsTorchFile(std::span<const std::byte> file);

struct TorchFile {
  Pickle saved;                       // what was saved; its texts lie in the file
  std::vector<StoredTensor> tensors;  // as ParseTorchFile gives them
};
TorchFile ReadTorchFile(std::span<const std::byte> file, const std::string& where);

// The tensors of the dict of tensors that was saved (a state dict), or of the one under the key
// `model_dict` or `state_dict` (a checkpoint), by name, without `file` set. What is no tensor is
// passed over. kInvalid, naming the tensor, for what does not fit the file; kUnsupported for a
// tensor that is not stored row by row.
std::vector<StoredTensor> ParseTorchFile(std::span<const std::byte> file, const std::string& where);

}  // namespace dpr
