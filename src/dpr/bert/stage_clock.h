// Where a forward pass spends its time. Off unless a workspace is given a clock.
#pragma once

#include <array>
#include <chrono>

namespace dpr {

enum class Stage {
  kEmbedding,
  kQkv,              // x W_Q, x W_K, x W_V
  kHeads,            // softmax(Q K^T) V
  kAttentionOutput,  // W_O, residual, layer norm
  kIntermediate,     // W_1, GELU
  kOutput,           // W_2, residual, layer norm
  kPooling,          // of an encoder, which marks it itself
};
inline constexpr int kStages = 7;
const char* StageName(Stage stage);  // "embedding", "qkv", ...

// Adds up seconds by stage. For one thread.
class StageClock {
 public:
  void Start() { last_ = std::chrono::steady_clock::now(); }
  // The time since the last mark was spent in `stage`.
  void Mark(Stage stage) {
    const auto now = std::chrono::steady_clock::now();
    seconds_[static_cast<size_t>(stage)] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  // The same of another clock, which may be another thread's.
  void Add(const StageClock& other) {
    for (size_t i = 0; i < seconds_.size(); ++i) seconds_[i] += other.seconds_[i];
  }
  double seconds(Stage stage) const { return seconds_[static_cast<size_t>(stage)]; }

 private:
  std::chrono::steady_clock::time_point last_;
  std::array<double, kStages> seconds_ = {};
};

inline void Mark(StageClock* clock, Stage stage) {
  if (clock != nullptr) clock->Mark(stage);
}

}  // namespace dpr
