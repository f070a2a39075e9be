#include "dpr/vectors/coded_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dpr {

CodedRows::CodedRows(std::vector<CodesView> blocks, Similarity similarity)
    : blocks_(std::move(blocks)), similarity_(similarity) {
  std::erase_if(blocks_, [](const CodesView& block) { return block.codes.rows == 0; });
  for (const CodesView& block : blocks_) {
    first_rows_.push_back(rows_);
    rows_ += block.codes.rows;
    dimensions_ = block.codes.columns;
  }
}

CodesView CodedRows::Of(int64_t row) const {
  const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end(), row);
  const auto block = static_cast<size_t>(after - first_rows_.begin() - 1);
  return blocks_[block].rows_from(row - first_rows_[block], 1);
}

bool CodedRows::Decode(int64_t row, float* out) const {
  const CodesView codes = Of(row);
  const CodeRow& info = *codes.rows;
  const bool sound = std::isfinite(info.squared_norm) && std::isfinite(info.error);
  if (!sound) {
    std::fill_n(out, dimensions_, 0.0f);
    return false;
  }
  float length = 1;
  if (similarity_ == Similarity::kCosine && info.squared_norm > 0) {
    length = 1 / std::sqrt(info.squared_norm);
  }
  const float scale = info.scale * length, offset = info.offset * length;
  for (int64_t i = 0; i < dimensions_; ++i) {
    out[i] = offset + scale * static_cast<float>(codes.codes.data[i]);
  }
  return true;
}

}  // namespace dpr
