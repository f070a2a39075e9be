// Tokenizing real passages on one thread, for bench/tokenizer.py and by hand:
//   DPR_REAL_MODEL=FOLDER DPR_BENCH_TEXTS=FILE dpr_text_bench
// FILE has TITLE<TAB>TEXT a line. Without them nothing is measured, and the reason is said.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/text/wordpiece.h"

namespace dpr {
namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;  // title, text

struct Subject {
  WordPiece tokenizer;
  Texts texts;
  size_t bytes = 0;
};

Subject LoadSubject() {
  const char* const model = std::getenv("DPR_REAL_MODEL");
  const char* const file = std::getenv("DPR_BENCH_TEXTS");
  if (model == nullptr || file == nullptr) {
    throw Error(ErrorCode::kUsage, "DPR_REAL_MODEL or DPR_BENCH_TEXTS is not set");
  }
  Subject subject{WordPiece::FromFolder(model), {}, 0};
  LineReader lines(OpenStream(file));
  for (std::string_view line; lines.Next(line);) {
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    subject.texts.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    subject.bytes += line.size() - 1;
  }
  return subject;
}

// Passes over all texts; `encode(subject, title, text, ids)` appends the ids of one.
template <typename Encode>
void Measure(benchmark::State& state, Encode encode) {
  std::optional<Subject> subject;
  try {
    subject = LoadSubject();
  } catch (const Error& error) {
    state.SkipWithError(error.what());
    return;
  }
  std::vector<int32_t> ids;
  size_t tokens = 0;
  for (auto _ : state) {
    for (const auto& [title, text] : subject->texts) {
      ids.clear();
      encode(*subject, title, text, ids);
      tokens += ids.size();
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(subject->bytes));
  state.SetItemsProcessed(static_cast<int64_t>(tokens));
}

void BenchEncodePair(benchmark::State& state) {
  Measure(state,
          [](const Subject& subject, const std::string& title, const std::string& text,
             std::vector<int32_t>& ids) { subject.tokenizer.EncodePair(title, text, 256, ids); });
}
BENCHMARK(BenchEncodePair)->Unit(benchmark::kMillisecond);

void BenchEncodeText(benchmark::State& state) {
  Measure(state, [](const Subject& subject, const std::string&, const std::string& text,
                    std::vector<int32_t>& ids) { subject.tokenizer.Encode(text, 256, ids); });
}
BENCHMARK(BenchEncodeText)->Unit(benchmark::kMillisecond);

void BenchFromFolder(benchmark::State& state) {
  const char* const model = std::getenv("DPR_REAL_MODEL");
  if (model == nullptr) {
    state.SkipWithError("DPR_REAL_MODEL is not set");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(WordPiece::FromFolder(model));
}
BENCHMARK(BenchFromFolder)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dpr
