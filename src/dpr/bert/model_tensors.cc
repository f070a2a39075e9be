#include "dpr/bert/model_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/bert/json.h"
#include "dpr/bert/safetensors.h"
#include "dpr/bert/torch_file.h"

namespace dpr {
namespace {

constexpr const char* kDamaged = "The file may be damaged or cut short; copy or download it again";

std::vector<StoredTensor> Parse(const MappedFile& file) {
  const std::string where = file.path().string();
  return file.path().extension() == ".safetensors" ? ParseSafetensors(file.bytes(), where)
                                                   : ParseTorchFile(file.bytes(), where);
}

void AddFile(const Path& path, StoredTensors& into) {
  const auto file = std::make_shared<const MappedFile>(path);
  for (StoredTensor& tensor : Parse(*file)) {
    tensor.file = file;
    const std::string name = tensor.name;
    if (!into.tensors.emplace(name, std::move(tensor)).second) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("the tensor `{}` is in another file of the model too", name),
                  path.string(), kModelFileHint);
    }
  }
  into.files.push_back(file);
}

StoredTensors OpenShards(const Path& index) {
  const auto map = Json::Read(index).Member("weight_map");
  if (!map) {
    throw Error(ErrorCode::kInvalid, "`weight_map` is missing", index.string(), kModelFileHint);
  }
  std::vector<std::pair<std::string, std::string>> places;
  std::vector<std::string> files;
  for (const auto& [tensor, file] : map->Members()) {
    places.emplace_back(tensor, file.AsString());
    files.push_back(file.AsString());
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  StoredTensors all;
  for (const std::string& file : files) {
    if (file.empty() || Path(file).filename() != file || file == "." || file == "..") {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("`{}` is not the name of a file beside it", file), index.string(),
                  kModelFileHint);
    }
    AddFile(index.parent_path() / file, all);
  }
  for (const auto& [tensor, file] : places) {
    const StoredTensor* found = all.Find(tensor);
    if (found == nullptr || found->file->path().filename() != file) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("the tensor `{}` is not in `{}`, where it should be", tensor, file),
                  index.string(), kDamaged);
    }
  }
  return all;
}

constexpr const char* kNames[] = {"model.safetensors", "pytorch_model.bin"};

Path IndexOf(const Path& folder, const char* name) {
  return folder / (std::string(name) + ".index.json");
}

}  // namespace

bool HasModelTensors(const Path& folder) {
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* name) {
    return std::filesystem::exists(folder / name) || std::filesystem::exists(IndexOf(folder, name));
  });
}

StoredTensors OpenTensorFile(const Path& file) {
  StoredTensors tensors;
  AddFile(file, tensors);
  return tensors;
}

StoredTensors OpenModelTensors(const Path& folder) {
  for (const char* name : kNames) {
    if (std::filesystem::exists(folder / name)) return OpenTensorFile(folder / name);
    if (std::filesystem::exists(IndexOf(folder, name))) return OpenShards(IndexOf(folder, name));
  }
  throw Error(ErrorCode::kNotFound, "there is no model.safetensors and no pytorch_model.bin",
              folder.string(), "Give the folder of a model in the Hugging Face layout");
}

}  // namespace dpr
