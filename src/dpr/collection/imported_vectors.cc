#include "dpr/collection/imported_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {
bool HasExtraDimension(const ForeignFiles& files, int64_t model_dimensions) {
  const ForeignVectors& first = *files.front();
  for (const auto& file : files) {
    if (file->dimensions() == first.dimensions()) continue;
    throw Error(ErrorCode::kMismatch,
                fmt::format("its vectors have {} dimensions, those of {} have {}",
                            file->dimensions(), first.path().string(), first.dimensions()),
                file->path().string(), "Give files of one model");
  }
  if (first.dimensions() == model_dimensions) return false;
  const bool is_l2 = first.similarity() == Similarity::kL2;
  if (is_l2 && first.dimensions() == model_dimensions + 1) return true;
  throw Error(ErrorCode::kMismatch,
              fmt::format("its vectors have {} dimensions, and the model's have {}",
                          first.dimensions(), model_dimensions),
              first.path().string(), "Give with --model the encoder that made these vectors");
}

Similarity ImportedSimilarity(const ForeignFiles& files, Similarity of_model,
                              bool extra_dimension) {
  const std::optional<Similarity> said = files.front()->similarity();
  for (const auto& file : files) {
    if (file->similarity() == said) continue;
    throw Error(
        ErrorCode::kMismatch,
        "the files were made to be compared in different ways: " + files.front()->path().string() +
            " is " + files.front()->kind(),
        file->path().string() + ", " + file->kind(), "Say with --similarity which is meant");
  }
  if (extra_dimension) return Similarity::kDot;
  if (said == Similarity::kL2) return Similarity::kL2;
  return said.has_value() && of_model == Similarity::kL2 ? Similarity::kDot : of_model;
}

ImportedVectors::ImportedVectors(EncoderRecord record, ForeignFiles files, std::string id_prefix,
                                 Path place)
    : record_(std::move(record)),
      files_(std::move(files)),
      id_prefix_(std::move(id_prefix)),
      place_(std::move(place)),
      extra_dimension_(HasExtraDimension(files_, record_.dimensions)) {}

// As it is, else with the prefix, else without it.
std::optional<size_t> ImportedVectors::Find(const std::string& id) const {
  if (const auto place = table_.Find(id)) return place;
  if (id_prefix_.empty()) return std::nullopt;
  if (const auto place = table_.Find(id_prefix_ + id)) return place;
  if (!id.starts_with(id_prefix_)) return std::nullopt;
  return table_.Find(std::string_view(id).substr(id_prefix_.size()));
}

EncodeCounts ImportedVectors::Encode(std::span<const Passage> passages, FloatView out) const {
  std::vector<float> vector(static_cast<size_t>(files_.front()->dimensions()));
  for (size_t i = 0; i < passages.size(); ++i) {
    const auto found = Find(passages[i].id);
    if (!found) {
      throw Error(ErrorCode::kMismatch, "the passage \"" + passages[i].id + "\" has no vector", {},
                  "Give the command again when nothing writes to the files");
    }
    const uint64_t number = table_.number(*found);
    files_[FileOf(number)]->Read(PlaceOf(number), vector);
    std::copy_n(vector.begin(), out.columns, out.row(static_cast<int64_t>(i)));
  }
  for (const auto& file : files_) file->Release();
  EncodeCounts counts;
  counts.texts = static_cast<int64_t>(passages.size());
  return counts;
}

}  // namespace dpr
