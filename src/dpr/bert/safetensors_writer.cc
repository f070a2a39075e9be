#include "dpr/bert/safetensors_writer.h"

#include <nlohmann/json.hpp>
#include <set>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kAlignment = 8;  // of the header, which begins with a length of 8 bytes

std::string HeaderText(const std::vector<TensorHeader>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = {{"__metadata__", metadata}};
  header["__metadata__"].emplace("format", "pt");
  uint64_t end = 0;
  std::set<std::string> names = {"__metadata__"};
  for (const TensorHeader& tensor : tensors) {
    DPR_CHECK(names.insert(tensor.name).second);
    const uint64_t begin = end;
    end += static_cast<uint64_t>(ElementCount(tensor.shape, tensor.name)) * sizeof(float);
    // emplace_back: ordered_json looks a name up by going through all of them.
    header.get_ref<nlohmann::ordered_json::object_t&>().emplace_back(
        tensor.name,
        nlohmann::ordered_json{
            {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}});
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const Path& file, const std::vector<TensorHeader>& tensors,
                                     const std::map<std::string, std::string>& metadata)
    : out_(file) {
  const std::string header = HeaderText(tensors, metadata);
  const uint64_t length = header.size();
  for (const TensorHeader& tensor : tensors) missing_ += ElementCount(tensor.shape, tensor.name);
  out_.file().Write(std::as_bytes(std::span(&length, 1)));
  out_.file().Write(header);
}

void SafetensorsWriter::Write(std::span<const float> values) {
  missing_ -= static_cast<int64_t>(values.size());
  DPR_CHECK(missing_ >= 0);
  out_.file().Write(std::as_bytes(values));
}

void SafetensorsWriter::Commit() {
  DPR_CHECK(missing_ == 0);
  out_.Commit();
}

}  // namespace dpr
