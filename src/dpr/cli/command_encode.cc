// dpr encode: texts to vectors in a NumPy file, exactly those that a collection would hold.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/data/text_file.h"
#include "dpr/report/format.h"
#include "dpr/vectors/npy.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Example:
  dpr encode passages.tsv --model all-MiniLM-L6-v2/ -o passages.npy)";

constexpr size_t kTextsAtATime = 4096;

struct EncodeOptions {
  std::string file;
  std::string out;
  bool question = false;
  EncoderOptions encoder;
};

EncodeCounts EncodeBlock(const Retriever& retriever, bool question,
                         const std::vector<Passage>& block, FloatView out) {
  if (!question) return retriever.passages().EncodePassages(block, out);
  std::vector<std::string> texts;
  texts.reserve(block.size());
  for (const Passage& passage : block) {
    texts.push_back(passage.title.empty() ? passage.text : passage.title + " " + passage.text);
  }
  return retriever.questions().EncodeTexts(texts, out);
}

void Encode(const EncodeOptions& options, const Session& session) {
  TextFileReader reader(options.file);
  std::vector<Passage> block = reader.Next(kTextsAtATime);
  if (block.empty()) {
    throw Error(ErrorCode::kInvalid, "the file holds no text", options.file,
                "Give one text a line, or TITLE, tab, TEXT");
  }
  const Retriever retriever = options.encoder.Open();
  NpyWriter writer(options.out, retriever.dimensions());
  const auto progress = session.MakeProgress();
  progress->Stage("encoding", 0, "texts");
  const auto begin = std::chrono::steady_clock::now();
  EncodeCounts total;
  for (; !block.empty(); block = reader.Next(kTextsAtATime)) {
    Matrix vectors(static_cast<int64_t>(block.size()), retriever.dimensions());
    const EncodeCounts counts = EncodeBlock(retriever, options.question, block, vectors.view());
    writer.Append(vectors.view());
    total.texts += counts.texts;
    total.tokens += counts.tokens;
    total.truncated += counts.truncated;
    progress->Advance(block.size());
  }
  writer.Finish();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (session.json) {
    const nlohmann::ordered_json result = {
        {"texts", total.texts},       {"dimensions", retriever.dimensions()},
        {"tokens", total.tokens},     {"truncated", total.truncated},
        {"seconds", elapsed.count()}, {"output", options.out}};
    std::cout << result.dump() << "\n";
  } else if (!session.quiet && total.truncated > 0) {
    progress->Note(FormatCount(total.truncated) +
                   " texts were longer than the encoder reads and lost their end");
  }
}

}  // namespace

void AddEncodeCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<EncodeOptions>();
  CLI::App* command = program.add_subcommand("encode", "turn texts into vectors (.npy)");
  command
      ->add_option("file", options->file,
                   "one text a line, or TITLE, tab, TEXT; - reads standard input")
      ->required();
  command->add_option("-o,--output", options->out, "the .npy file to write")->required();
  command->add_flag("--question", options->question, "encode as questions, not as passages");
  options->encoder.AddTo(*command, true);
  command->footer(kFooter);
  command->callback([options, &session] { Encode(*options, session); });
}

}  // namespace dpr::cli
