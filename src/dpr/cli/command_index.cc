// dpr index: files and folders of passages into a collection.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr index handbook/ -o handbook.dpr --model all-MiniLM-L6-v2/
  dpr index more.jsonl.gz -o handbook.dpr            # appends, with the same encoder
  dpr index handbook/ -o handbook.dpr --sync         # follows what changed in the folder
  zcat corpus.tsv.gz | dpr index - -o corpus.dpr --model all-MiniLM-L6-v2/

A command that was killed can be given again and goes on.)";

struct IndexCommand {
  std::vector<std::string> sources;
  std::string out;
  bool bm25 = false;
  IndexOptions index;
  EncoderOptions encoder;
};

// The encoder of the collection, where it was.
Retriever OpenRecorded(const std::string& collection) {
  std::error_code code;
  if (!std::filesystem::exists(collection, code)) {
    throw Error(ErrorCode::kUsage,
                "this version has no BM25 yet: a new collection needs an encoder", collection,
                "Give its folder with --model");
  }
  const auto record = Collection::Open(collection).encoder();
  if (!record) {
    throw Error(ErrorCode::kUnsupported,
                "the collection has no vectors, and this version adds none", collection,
                "Index into a new folder with --model");
  }
  try {
    return Retriever::Open(record->model, RetrieverOptions::FromSettingsJson(record->settings));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(error.code(), error.problem(), error.where(),
                "It made the vectors of " + collection + "; say with --model where it is now");
  }
}

Retriever OpenEncoder(const IndexCommand& options) {
  if (!options.encoder.model.empty()) return options.encoder.Open();
  if (options.encoder.any_given()) {
    throw Error(ErrorCode::kUsage, "options of the encoder without --model", {},
                "Give --model too, or leave them out to use the collection's own encoder");
  }
  return OpenRecorded(options.out);
}

// "3 passages added, 1 replaced"; what did not happen is left out.
std::string Summary(const IndexReport& report, int64_t skipped_files) {
  std::string text = FormatCount(report.added) + " passages added";
  const auto add = [&](int64_t count, const char* what) {
    if (count > 0) text += ", " + FormatCount(count) + what;
  };
  add(report.replaced, " replaced");
  add(report.deleted, " deleted");
  add(report.unchanged_sources, " sources left as they are");
  add(report.bad_records, " malformed records passed over");
  add(skipped_files, " files of unknown kind passed over");
  add(report.truncated, " longer than the encoder reads, which lost their end");
  return text;
}

void Print(const IndexCommand& options, const IndexReport& report, int64_t skipped_files,
           const Session& session) {
  const int64_t passages = Collection::Open(options.out).passages();
  if (!session.json) {
    std::cout << options.out << ": " << FormatCount(passages) << " passages; "
              << Summary(report, skipped_files) << "; " << FormatDuration(report.seconds) << "\n";
    return;
  }
  const nlohmann::ordered_json result = {{"collection", options.out},
                                         {"passages", passages},
                                         {"added", report.added},
                                         {"replaced", report.replaced},
                                         {"deleted", report.deleted},
                                         {"unchanged_sources", report.unchanged_sources},
                                         {"bad_records", report.bad_records},
                                         {"skipped_files", skipped_files},
                                         {"truncated", report.truncated},
                                         {"tokens", report.tokens},
                                         {"seconds", report.seconds}};
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void Index(const IndexCommand& options, const Session& session) {
  if (options.bm25) {
    throw Error(ErrorCode::kUnsupported, "this version has no BM25 yet", "--bm25",
                "Leave the option out");
  }
  const SplitOptions& split = options.index.source.split;
  if (split.overlap >= split.words) {
    throw Error(ErrorCode::kUsage,
                "passages of " + std::to_string(split.words) + " words cannot overlap by " +
                    std::to_string(split.overlap),
                "--overlap", "Give fewer words than --words");
  }
  int64_t skipped_files = 0;
  const std::vector<SourceFile> sources =
      ListSources({options.sources.begin(), options.sources.end()}, &skipped_files);
  const Retriever retriever = OpenEncoder(options);
  const auto progress = session.MakeProgress();
  const IndexReport report =
      IndexPassages(options.out, sources, retriever, options.index, *progress);
  Print(options, report, skipped_files, session);
}

}  // namespace

void AddIndexCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<IndexCommand>();
  CLI::App* command = program.add_subcommand("index", "make a collection, or add to one");
  command
      ->add_option("sources", options->sources,
                   "files (TSV, CSV, JSONL, SQuAD, txt, md, html; gz, xz, zst), folders, or -")
      ->required();
  command->add_option("-o,--output", options->out, "the collection, a folder")
      ->required()
      ->type_name("COLLECTION");
  SplitOptions& split = options->index.source.split;
  command->add_option("--words", split.words, "words of a passage of a document (default: 100)")
      ->check(CLI::Range(1, 1 << 20));
  command
      ->add_option("--overlap", split.overlap,
                   "words that a passage repeats of the one before (default: 0)")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("--skip-bad", options->index.source.skip_bad,
                    "count malformed records instead of stopping");
  command->add_flag("--replace", options->index.replace, "replace passages whose id exists");
  command->add_flag("--sync", options->index.sync,
                    "also delete what has gone from a folder, or from a file");
  command->add_flag("--bm25", options->bm25, "for BM25 too (not in this version)");
  options->encoder.AddTo(*command, false);
  command->footer(kFooter);
  command->callback([options, &session] { Index(*options, session); });
}

}  // namespace dpr::cli
