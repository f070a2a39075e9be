// dpr index: sources into a collection; appends, replaces and synchronises what is there.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr index handbook/ -o handbook.dpr --model all-MiniLM-L6-v2/
  dpr index more.jsonl.gz -o handbook.dpr          # appends, with the same encoder
  dpr index handbook/ -o handbook.dpr --sync       # follows what changed in the folder
  zcat psgs.tsv.gz | dpr index - -o wiki.dpr --model MODEL

A command that is killed goes on when it is given again.)";

struct IndexCommandOptions {
  std::vector<std::string> sources;
  std::string out;
  bool bm25 = false;
  EncoderOptions encoder;
  IndexOptions index;
};

// The encoder asked for, or else the one that the collection was made with.
Retriever OpenEncoder(const IndexCommandOptions& options) {
  if (!options.encoder.model.empty()) return options.encoder.Open();
  if (!std::filesystem::exists(options.out)) {
    throw Error(ErrorCode::kUsage, "a new collection needs an encoder", options.out,
                "Name its folder with --model DIR");
  }
  const Collection collection = Collection::Open(options.out);
  if (!collection.encoder()) {
    throw Error(ErrorCode::kUsage, "the collection has no encoder yet", options.out,
                "Name its folder with --model DIR");
  }
  if (options.encoder.any_given()) {
    throw Error(ErrorCode::kUsage, "the encoder's options are given without the encoder",
                options.out, "Give --model too, or leave them out: the collection knows its own");
  }
  return Retriever::Open(collection.encoder()->model,
                         RetrieverOptions::FromSettingsJson(collection.encoder()->settings));
}

void PrintJson(const IndexReport& report, int64_t skipped_files, const std::string& out) {
  const nlohmann::ordered_json json = {{"collection", out},
                                       {"added", report.added},
                                       {"replaced", report.replaced},
                                       {"deleted", report.deleted},
                                       {"unchanged_sources", report.unchanged_sources},
                                       {"skipped_files", skipped_files},
                                       {"bad_records", report.bad_records},
                                       {"truncated", report.truncated},
                                       {"tokens", report.tokens},
                                       {"seconds", report.seconds}};
  std::cout << json.dump() << "\n";
}

void PrintText(const IndexReport& report, int64_t skipped_files, const std::string& out) {
  const auto line = [](int64_t count, const char* text) {
    if (count > 0) std::cout << FormatCount(count) << " " << text << "\n";
  };
  line(report.added, "passages added");
  line(report.replaced, "passages replaced");
  line(report.deleted, "passages deleted");
  line(report.unchanged_sources, "sources were there already and unchanged");
  line(skipped_files, "files are of no kind that holds passages and were passed over");
  line(report.bad_records, "records were malformed and left out");
  line(report.truncated, "passages were longer than the encoder reads: their end is not searched");
  std::cout << out << ": done in " << FormatDuration(report.seconds) << "\n";
}

void Index(const IndexCommandOptions& options, const Session& session) {
  if (options.bm25) {
    throw Error(ErrorCode::kUnsupported, "this version has no BM25", "--bm25",
                "Leave the option out and give --model");
  }
  int64_t skipped_files = 0;
  const std::vector<SourceFile> sources =
      ListSources({options.sources.begin(), options.sources.end()}, &skipped_files);
  const Retriever retriever = OpenEncoder(options);
  IndexReport report;
  {
    const auto progress = session.MakeProgress();
    report = IndexPassages(options.out, sources, retriever, options.index, *progress);
  }
  if (session.json) {
    PrintJson(report, skipped_files, options.out);
  } else if (!session.quiet) {
    PrintText(report, skipped_files, options.out);
  }
}

}  // namespace

void AddIndexCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<IndexCommandOptions>();
  CLI::App* command =
      program.add_subcommand("index", "make a collection of passages, or add to it");
  command
      ->add_option("sources", options->sources,
                   "folders of txt, md, html; TSV, CSV, JSONL, SQuAD files; BEIR folders; - for "
                   "standard input; plain or gz, xz, zst")
      ->required();
  command->add_option("-o,--output", options->out, "the collection")->required();
  options->encoder.AddTo(*command, false);
  command->add_flag("--bm25", options->bm25, "index for BM25 too");
  SplitOptions& split = options->index.source.split;
  command->add_option("--words", split.words, "words in a passage of a document (default: 100)")
      ->check(CLI::Range(1, 1 << 20));
  command
      ->add_option("--overlap", split.overlap,
                   "words that it repeats of the one before (default: 0)")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--skip-bad", options->index.source.skip_bad, "leave malformed records out");
  command->add_flag("--replace", options->index.replace, "replace passages whose id is there");
  command->add_flag("--sync", options->index.sync,
                    "follow the sources: delete what has gone, replace what changed");
  command->footer(kFooter);
  command->callback([options, &session] { Index(*options, session); });
}

}  // namespace dpr::cli
