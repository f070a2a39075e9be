// Attention of one head in integers of 16 bits: each query, each key and each column of v is
// quantised with a scale of its own, the exponentials, from 0 to 1, with one for all. The numbers
// of levels are such that no sum of either product can exceed 32 bits, so the sums are exact and
// the bits the same on every CPU.
#include <algorithm>
#include <cmath>
#include <limits>

#include "dpr/tensor/attention_units.h"
#include "dpr/tensor/byte_product.h"

namespace dpr {
namespace {

constexpr int kValueLevels = 1023;
constexpr int kMostLevels = 8191;
constexpr int64_t kMostSum = std::numeric_limits<int32_t>::max();

int64_t Pairs(int64_t numbers) { return (numbers + 1) / 2; }
int64_t WholePairs(int64_t numbers) { return (numbers + 15) / 16 * 8; }  // of whole vectors

// Of queries and keys: head_size * levels^2 <= kMostSum.
int KeyLevels(int64_t head_size) {
  const double most = std::sqrt(static_cast<double>(kMostSum) / static_cast<double>(head_size));
  return static_cast<int>(std::min<double>(kMostLevels, most));
}

// Of exponentials: length * levels * kValueLevels <= kMostSum.
int ProbabilityLevels(int64_t length) {
  return static_cast<int>(std::min<int64_t>(kMostLevels, kMostSum / kValueLevels / length));
}

// Where the parts of the scratch lie.
struct ScratchLayout {
  int64_t keys, key_scale, values, value_scale, sums, rows, row_scale, panel, scores, probabilities,
      size;

  ScratchLayout(int64_t length, int64_t head_size)
      : keys(0),  // k^T: [panels][pairs of the head][32]
        key_scale(keys + RoundUpToPanel(length) * Pairs(head_size)),
        values(key_scale + RoundUpToPanel(length)),  // v: [panels][pairs of keys][32]
        value_scale(values + RoundUpToPanel(head_size) * Pairs(length)),
        sums(value_scale + RoundUpToPanel(head_size)),  // of v's columns; words need none
        rows(sums + RoundUpToPanel(head_size)),         // of k, then of some of q
        row_scale(rows + std::max(length, kAttentionQueries) * Pairs(head_size)),
        panel(row_scale + RoundUpToPanel(kAttentionQueries)),  // of v, in f32: [length][32]
        scores(panel + length * kPanelColumns),
        probabilities(scores + kAttentionQueries * RoundUpToPanel(length)),
        size(probabilities + kAttentionQueries * WholePairs(length)) {}
};

}  // namespace

int64_t WordAttentionScratch(int64_t length, int64_t head_size) {
  return RoundUpToPanel(ScratchLayout(length, head_size).size);
}

void AttentionHeadInWords(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                          FloatView out, std::span<float> scratch) {
  const Kernels& kernels = ActiveKernels();
  const QuantizingKernels& quantizing = kernels.quantizing;
  const auto multiply = ActiveByteArithmetic().multiply_words;
  const int64_t length = k.rows, head_size = k.columns, padded = RoundUpToPanel(length);
  const int64_t head_pairs = Pairs(head_size), key_pairs = Pairs(length);
  const int key_levels = KeyLevels(head_size), probability_levels = ProbabilityLevels(length);
  const ScratchLayout layout(length, head_size);
  const auto part = [&](int64_t begin) { return scratch.data() + begin; };
  float* const rows = part(layout.rows);
  quantizing.signed_words_of_rows(k.data, k.stride, length, head_size, key_levels, rows, head_pairs,
                                  part(layout.key_scale));
  kernels.packing.pack_rows(rows, head_pairs, length, head_pairs, part(layout.keys));
  for (int64_t column = 0; column < head_size; column += kPanelColumns) {
    kernels.packing.pack_columns(v.data + column, v.stride, length,
                                 std::min(kPanelColumns, head_size - column), part(layout.panel));
    quantizing.words_of_panel(part(layout.panel), length, kValueLevels,
                              part(layout.values) + column * key_pairs,
                              part(layout.value_scale) + column, part(layout.sums));
  }

  Dequantization scores_are, answers_are;
  scores_are.row_scale = scores_are.row_offset = part(layout.row_scale);
  scores_are.column_scale = part(layout.key_scale);
  PanelProduct ask;
  ask.a = rows;
  ask.a_stride = ask.depth = head_pairs;
  ask.panels = part(layout.keys);
  ask.columns = (length + 15) / 16 * 16;  // whole vectors: what lies beyond the length is not read
  ask.dequantization = &scores_are;
  ask.c = part(layout.scores);
  ask.c_stride = padded;
  alignas(64) float inverse[kAttentionQueries];
  answers_are.row_scale = answers_are.row_offset = inverse;
  answers_are.column_scale = part(layout.value_scale);
  PanelProduct answer;
  answer.a = part(layout.probabilities);
  answer.a_stride = WholePairs(length);
  answer.depth = key_pairs;
  answer.panels = part(layout.values);
  answer.columns = head_size;
  answer.dequantization = &answers_are;
  answer.c_stride = out.stride;
  for (int64_t first = 0; first < q.rows; first += kAttentionQueries) {
    ask.rows = answer.rows = std::min(kAttentionQueries, q.rows - first);
    quantizing.signed_words_of_rows(q.row(first), q.stride, ask.rows, head_size, key_levels, rows,
                                    head_pairs, part(layout.row_scale));
    multiply(ask);
    kernels.softmax.exponential_words(ask.c, padded, ask.rows, length, scale, probability_levels,
                                      part(layout.probabilities), answer.a_stride, inverse);
    for (int64_t i = 0; i < ask.rows; ++i) inverse[i] /= static_cast<float>(probability_levels);
    answer.c = out.row(first);
    multiply(answer);
  }
}

}  // namespace dpr
