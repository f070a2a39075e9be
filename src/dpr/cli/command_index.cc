// dpr index: files and folders of passages into a collection.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/cli/lexical_options.h"
#include "dpr/cli/skipped_list.h"
#include "dpr/cli/split_options.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr index handbook/ -o handbook.dpr --model all-MiniLM-L6-v2/
  dpr index more.jsonl.gz -o handbook.dpr            # appends, with the same encoder
  dpr index -o handbook.dpr --bm25                   # adds BM25 to what is there
  dpr index handbook/ -o handbook.dpr --sync         # follows what changed in the folder
  zcat corpus.tsv.gz | dpr index - -o corpus.dpr --model all-MiniLM-L6-v2/

A command that was killed can be given again and goes on.)";

struct IndexCommand {
  std::vector<std::string> sources;
  std::string out;
  LexicalOptions lexical;
  IndexOptions index;
  EncoderOptions encoder;
};

// The encoder of the collection, where it was.
Retriever OpenRecorded(const std::string& collection, const EncoderRecord& record,
                       Precision precision) {
  try {
    RetrieverOptions options = RetrieverOptions::FromSettingsJson(record.settings);
    options.precision = precision;
    return Retriever::Open(record.model, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(error.code(), error.problem(), error.where(),
                "It made the vectors of " + collection + "; say with --model where it is now");
  }
}

// The encoder that was asked for, or the collection's own; nothing for BM25 alone.
std::optional<Retriever> OpenEncoder(const IndexCommand& options,
                                     const std::optional<Collection>& held) {
  const bool goes_on = held && held->encoder() && !AskedPrecision(options.encoder.precision);
  const Precision precision =
      goes_on ? ParsePrecision(held->encoder()->precision)
              : AskedPrecision(options.encoder.precision).value_or(FastestPrecision().precision);
  if (!options.encoder.model.empty()) return options.encoder.Open(precision);
  if (options.encoder.any_given()) {
    throw Error(ErrorCode::kUsage, "options of the encoder without --model", {},
                "Give --model too, or leave them out to use the collection's own encoder");
  }
  if (held && held->encoder()) {
    return OpenRecorded(options.out, *held->encoder(), precision);
  }
  return std::nullopt;
}

// BM25 that was asked for, or is all that a new collection without an encoder can have.
std::optional<LexicalRecord> ChooseLexical(const IndexCommand& options,
                                           const std::optional<Collection>& held, bool encoder) {
  if (!options.lexical.any_given() && (held || encoder)) return std::nullopt;
  return options.lexical.Over(held);
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
  add(report.duplicates, " passed over since their ids are there already");
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
                                         {"duplicates", report.duplicates},
                                         {"skipped_files", skipped_files},
                                         {"truncated", report.truncated},
                                         {"tokens", report.tokens},
                                         {"seconds", report.seconds}};
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

// What is to be read; with --sync nothing of it may be left.
std::vector<SourceFile> FindSources(const IndexCommand& options, IndexOptions& index,
                                    int64_t& skipped_files) {
  if (options.sources.empty()) return {};
  const std::vector<Path> paths(options.sources.begin(), options.sources.end());
  if (!options.index.sync) return ListSources(paths, &skipped_files);
  FollowedSources sources = FollowSources(paths, &skipped_files);
  index.followed = std::move(sources.followed);
  return std::move(sources.files);
}

void Index(const IndexCommand& options, const Session& session) {
  const std::optional<Collection> held = OpenIfThere(options.out);
  if (options.sources.empty() && !held) {
    throw Error(ErrorCode::kUsage, "nothing to index", options.out,
                "Name files or folders: dpr index SOURCE... -o " + options.out);
  }
  IndexOptions index = options.index;
  int64_t skipped_files = 0;
  const std::vector<SourceFile> sources = FindSources(options, index, skipped_files);
  const std::optional<Retriever> retriever = OpenEncoder(options, held);
  index.lexical = ChooseLexical(options, held, retriever.has_value());
  const auto progress = session.MakeProgress();
  SkippedList skipped(options.out, *progress);
  index.skipped = [&](const SkippedRecord& record) { skipped.Add(record); };
  const IndexReport report = retriever
                                 ? IndexPassages(options.out, sources, *retriever, index, *progress)
                                 : IndexPassages(options.out, sources, nullptr, index, *progress);
  skipped.Finish();
  Print(options, report, skipped_files, session);
}

}  // namespace

void AddIndexCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<IndexCommand>();
  CLI::App* command = program.add_subcommand("index", "make a collection, or add to one");
  command->add_option("sources", options->sources,
                      "files (TSV, CSV, JSONL, SQuAD, txt, md, html; gz, xz, zst), folders, or -; "
                      "none: only adds what --bm25 or --model asks for");
  command->add_option("-o,--output", options->out, "the collection, a folder")
      ->required()
      ->type_name("COLLECTION");
  AddSplitOptions(*command, options->index);
  command->add_flag("--skip-bad", options->index.skip_bad,
                    "pass over malformed records, and over ids that are there already, instead of "
                    "stopping; each is listed in COLLECTION.skipped");
  command->add_flag("--replace", options->index.replace,
                    "replace passages whose id exists, and documents that changed or are to be "
                    "split anew");
  command->add_flag("--sync", options->index.sync,
                    "also delete what has gone from a folder, or from a file; a folder that is "
                    "gone or empty loses all its passages");
  options->lexical.AddTo(*command,
                         "for BM25 too; without --model a new collection has nothing else");
  options->encoder.AddTo(*command, false);
  command->footer(kFooter);
  command->callback([options, &session] { Index(*options, session); });
}

}  // namespace dpr::cli
