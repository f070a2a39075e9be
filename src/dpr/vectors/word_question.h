// One question in words of 16 bits, for products with codes read at memory speed: its own error is
// next to nothing beside that of the codes.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"
#include "dpr/vectors/codes.h"

namespace dpr {

// Immutable and thread-safe.
class WordQuestion {
 public:
  WordQuestion(const float* question, int64_t dimensions);

  // products[j] is about x_j . q, as CodedQuestions::Multiply's are. Of at most kMostRows rows.
  void Multiply(const CodesView& rows, float* products) const;
  float Product(const uint8_t* codes, const CodeRow& row) const;
  static constexpr int64_t kMostRows = 256;

  double error() const { return error_; }  // |q - what its words stand for|, rounded up

 private:
  float Scaled(int32_t sum, const CodeRow& row) const {
    return static_cast<float>(sum) * row.scale * scale_ + row.offset * sum_;
  }

  int64_t stride_;
  AlignedBuffer<int16_t> words_;  // [stride], zero beyond the dimensions
  float scale_ = 0, sum_ = 0;     // q_i is about scale * words[i]; scale * (the sum of words)
  double error_ = 0;
};

}  // namespace dpr
