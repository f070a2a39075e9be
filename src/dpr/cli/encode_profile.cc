#include "dpr/cli/encode_profile.h"

#include "dpr/base/threads.h"
#include "dpr/bert/operations.h"

namespace dpr::cli {
namespace {

constexpr int64_t kBandwidthBytes = int64_t{256} << 20;  // several times the last cache
constexpr double kBandwidthSeconds = 0.5;

// What the stage's time would be at best, in seconds of one thread, and by what.
struct Bound {
  double seconds;
  const char* name;
};

// Bytes that a stage without products has to read and write, its tables' rows counted.
double Bytes(const BertConfig& config, const PackedTokens& tokens, Stage stage, bool first_only) {
  const auto row = static_cast<double>(config.hidden) * sizeof(float);
  const auto all = static_cast<double>(tokens.tokens());
  const auto sequences = static_cast<double>(tokens.sequences());
  if (stage == Stage::kEmbedding) return 3 * row * all;  // word, position, sum
  return row * (sequences + (first_only ? sequences : all));
}

}  // namespace

nlohmann::ordered_json ProfileEncoding(const Encoder& encoder, const PackedTokens& tokens,
                                       Precision precision, const GemmPeak& peak) {
  Matrix vectors(tokens.sequences(), encoder.dimensions());
  StageClock clock;
  encoder.EncodeTokens(tokens, vectors.view(), &clock);
  const BertConfig& config = encoder.bert().config();
  const bool first_only = encoder.settings().pooling != Pooling::kMean;
  const StageOperations operations = CountOperations(config, tokens, first_only);
  const double bandwidth = 1e9 * MeasureReadBandwidth(kBandwidthBytes, kBandwidthSeconds);
  const double rate = 1e9 * peak.best_gflops;
  // In int8 attention's operands have 16 bits: half as many products an instruction.
  const double heads_rate = precision == Precision::kInt8 ? rate / 2 : rate;
  const auto bound = [&](Stage stage) -> Bound {
    const double products = operations[static_cast<size_t>(stage)];
    const double threads = ThreadCount();
    if (products == 0) {
      return {threads * Bytes(config, tokens, stage, first_only) / bandwidth, "memory"};
    }
    return {threads * products / (stage == Stage::kHeads ? heads_rate : rate), "products"};
  };
  double sum = 0;
  for (int i = 0; i < kStages; ++i) sum += clock.seconds(static_cast<Stage>(i));
  auto list = nlohmann::ordered_json::array();
  for (int i = 0; i < kStages; ++i) {
    const auto stage = static_cast<Stage>(i);
    const Bound best = bound(stage);
    list.push_back({{"stage", StageName(stage)},
                    {"share_of_time", clock.seconds(stage) / sum},
                    {"bound", best.name},
                    {"share_of_bound", best.seconds / clock.seconds(stage)}});
  }
  return list;
}

}  // namespace dpr::cli
