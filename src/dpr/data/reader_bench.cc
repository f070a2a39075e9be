// Megabytes a second of the record readers, from memory, on text like Wikipedia's passages.
#include <benchmark/benchmark.h>

#include "dpr/data/passage_readers.h"

namespace dpr {
namespace {

constexpr int kRecords = 20000;

std::string Words(int seed) {
  std::string words;
  for (int i = 0; i < 100; ++i)
    words += (i == 0 ? "w" : " w") + std::to_string((seed + i * 37) % 9973);
  return words;
}

void Read(benchmark::State& state, PassageOpener open, const std::string& text) {
  for (auto _ : state) {
    const auto reader = open(StreamOf(text, "memory"), {}, {});
    for (Passage passage; reader->Next(passage);) benchmark::DoNotOptimize(passage.text.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void Tsv(benchmark::State& state) {
  std::string text = "id\ttext\ttitle\n";
  for (int i = 0; i < kRecords; ++i) text += std::to_string(i) + "\t" + Words(i) + "\tTitle\n";
  Read(state, OpenTsv, text);
}

void QuotedTsv(benchmark::State& state) {
  std::string text = "id\ttext\ttitle\n";
  for (int i = 0; i < kRecords; ++i) {
    text += std::to_string(i) + "\t\"The \"\"first\"\" " + Words(i) + "\"\tTitle\n";
  }
  Read(state, OpenTsv, text);
}

void Jsonl(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < kRecords; ++i) {
    text += "{\"_id\": \"" + std::to_string(i) + "\", \"title\": \"Title\", \"text\": \"" +
            Words(i) + "\", \"metadata\": {\"url\": \"http://x/" + std::to_string(i) + "\"}}\n";
  }
  Read(state, OpenJsonl, text);
}

BENCHMARK(Tsv);
BENCHMARK(QuotedTsv);
BENCHMARK(Jsonl);

}  // namespace
}  // namespace dpr
