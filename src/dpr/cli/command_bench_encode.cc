// dpr bench encode: how fast texts become vectors here, beside the best GEMM rate of the same run.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/bert/operations.h"
#include "dpr/cli/bench_commands.h"
#include "dpr/cli/description_text.h"
#include "dpr/cli/encode_profile.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/data/text_file.h"

namespace dpr::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr bench encode --model all-MiniLM-L6-v2/ --texts passages.tsv
  dpr bench encode --model all-MiniLM-L6-v2/ --texts passages.tsv --precision f32 --profile
  dpr bench encode --model all-MiniLM-L6-v2/ --texts questions.txt --one-at-a-time

Tokens are real ones, [CLS] and [SEP] counted, after truncation. The share of the peak counts the
operations of the linear layers alone; with attention, those of its two products too.)";

constexpr int kPasses = 3;  // the median of which is reported

struct BenchEncodeOptions {
  std::string texts;
  bool one_at_a_time = false;
  bool profile = false;
  EncoderOptions encoder;
};

template <typename Body>
double Seconds(Body&& body) {
  const auto begin = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Json ShapesJson(const GemmPeak& peak) {
  Json shapes = Json::array();
  for (const GemmRate& rate : peak.rates) {
    shapes.push_back({{"rows", rate.shape.rows},
                      {"outputs", rate.shape.outputs},
                      {"inputs", rate.shape.inputs},
                      {"onednn_gops", rate.onednn_gflops},
                      {"dpr_gops", rate.linear_gflops}});
  }
  return shapes;
}

Json MeasureThroughput(const Encoder& encoder, const std::vector<Passage>& passages,
                       const BenchEncodeOptions& options, Precision precision) {
  Matrix vectors(static_cast<int64_t>(passages.size()), encoder.dimensions());
  PackedTokens tokens;
  encoder.TokenizePassages(passages, tokens);
  encoder.EncodeTokens(tokens, vectors.view());
  std::vector<double> encode, whole;
  for (int pass = 0; pass < kPasses; ++pass) {
    encode.push_back(Seconds([&] { encoder.EncodeTokens(tokens, vectors.view()); }));
    whole.push_back(Seconds([&] { encoder.EncodePassages(passages, vectors.view()); }));
  }
  const double count = static_cast<double>(passages.size());
  const double token_count = static_cast<double>(tokens.tokens());
  const double seconds = Quantile(encode, .5), whole_seconds = Quantile(whole, .5);
  const BertConfig& config = encoder.bert().config();
  const GemmPeak peak = MeasureLayerPeak(config, precision);
  const bool first_only = encoder.settings().pooling != Pooling::kMean;
  const StageOperations operations = CountOperations(config, tokens, first_only);
  const double rate = LinearOperations(operations) / seconds / 1e9;
  const double whole_rate = rate + AttentionOperations(operations) / seconds / 1e9;
  Json result = {{"passages", passages.size()},
                 {"tokens", tokens.tokens()},
                 {"passages_per_second", count / seconds},
                 {"tokens_per_second", token_count / seconds},
                 {"with_tokenizer_passages_per_second", count / whole_seconds},
                 {"with_tokenizer_tokens_per_second", token_count / whole_seconds},
                 {"gemm_peak_gops", peak.best_gflops},
                 {"gemm_peak_by", peak.best},
                 {"share_of_peak", rate / peak.best_gflops},
                 {"share_of_peak_with_attention", whole_rate / peak.best_gflops},
                 {"gemm_shapes", ShapesJson(peak)}};
  if (options.profile) result["stages"] = ProfileEncoding(encoder, tokens, precision, peak);
  return result;
}

Json MeasureLatency(const Encoder& encoder, const std::vector<Passage>& passages) {
  Matrix vector(1, encoder.dimensions());
  std::vector<double> each;
  for (const bool warm : {false, true}) {
    for (const Passage& passage : passages) {
      const std::string& text = passage.text;
      const double seconds = Seconds([&] { encoder.EncodeTexts({&text, 1}, vector.view()); });
      if (warm) each.push_back(1000 * seconds);
    }
  }
  return {{"texts", passages.size()},
          {"median_ms", Quantile(each, .5)},
          {"p99_ms", Quantile(each, .99)}};
}

std::string Because(const std::string& asked) {
  return AskedPrecision(asked) ? "it was asked for" : FastestPrecision().because;
}

void Bench(const BenchEncodeOptions& options, const Session& session) {
  const std::vector<Passage> passages = ReadTextFile(options.texts);
  const Retriever retriever = options.encoder.Open();
  Json result = options.one_at_a_time ? MeasureLatency(retriever.questions(), passages)
                                      : MeasureThroughput(retriever.passages(), passages, options,
                                                          retriever.precision());
  result["precision"] = PrecisionName(retriever.precision());
  result["precision_because"] = Because(options.encoder.precision);
  result["cpu"] = Cpu().model + " (" + CpuLevelName(Cpu().level) + ")";
  std::cout << (session.json ? result.dump() + "\n" : DescriptionText(result.dump()));
}

}  // namespace

void AddBenchEncode(CLI::App& bench, const Session& session) {
  auto options = std::make_shared<BenchEncodeOptions>();
  CLI::App* command = bench.add_subcommand("encode", "speed of the encoder on your texts");
  command->add_option("--texts", options->texts, "one text a line, or TITLE, tab, TEXT")
      ->required();
  command->add_flag("--one-at-a-time", options->one_at_a_time, "the latency of single questions");
  command->add_flag("--profile", options->profile,
                    "where the time goes, and what each stage could reach");
  options->encoder.AddTo(*command, true);
  command->footer(kFooter);
  command->callback([options, &session] { Bench(*options, session); });
}

}  // namespace dpr::cli
