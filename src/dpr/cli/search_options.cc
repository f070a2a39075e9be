#include "dpr/cli/search_options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/report/format.h"

namespace dpr::cli {

void Bm25Options::AddTo(CLI::App& command) {
  command
      .add_option(
          "--k1", k1,
          "of BM25: how soon repeating a word stops to count (default: the collection's; 0.9)")
      ->type_name("K1");
  command
      .add_option("--b", b,
                  "of BM25: how much long passages pay, 0 to 1 (default: the collection's; 0.4)")
      ->type_name("B");
}

Bm25Parameters Bm25Options::Over(Bm25Parameters parameters) const {
  parameters.k1 = k1.value_or(parameters.k1);
  parameters.b = b.value_or(parameters.b);
  CheckBm25Parameters(parameters);
  return parameters;
}

void SearchOptions::AddTo(CLI::App& command) {
  command
      .add_option("--mode", mode,
                  "dense, bm25 or hybrid (default: hybrid where both exist, else what exists)")
      ->check(CLI::IsMember({"dense", "bm25", "hybrid"}));
  command
      .add_option("--fusion", fusion,
                  "how hybrid joins both: reciprocal ranks, weighted scores, or the paper's sum "
                  "(default: rrf)")
      ->check(CLI::IsMember({"rrf", "weighted", "paper"}));
  command.add_option(
      "--weight", weight,
      "of the dense score: weighted 0 to 1 (default: 0.5), paper a factor (default: 1.1)");
  command
      .add_option(
          "--where", where,
          "only passages whose metadata this holds for: 'year >= 1990 and lang in (\"de\", "
          "\"fr\")'; = != < <= > >= in contains, starts with, ends with, exists, and or not")
      ->type_name("EXPR");
  command.add_flag("--exact", exact,
                   "search exactly even where `dpr optimize` made an index that may miss some");
  bm25.AddTo(command);
  command.add_option("--model", model, "where the collection's encoder is now")
      ->type_name("DIR|FILE");
  AddPrecisionOption(command, precision, "that of the passages");
  AddVocabularyOption(command, vocabulary);
}

SearcherOptions SearchOptions::ToSearcherOptions() const {
  SearcherOptions options;
  options.model = model;
  options.vocabulary = vocabulary;
  options.precision = AskedPrecision(precision);
  options.where = where;
  options.exact = exact;
  if (!mode.empty()) options.mode = ParseSearchMode(mode);
  if (!fusion.empty()) options.fusion = ParseFusion(fusion);
  if (weight) {
    const double most = options.fusion == Fusion::kPaper ? std::numeric_limits<double>::max() : 1.0;
    const bool possible = *weight >= 0 && *weight <= most;
    if (options.fusion == Fusion::kReciprocalRank || !possible) {
      throw Error(ErrorCode::kUsage,
                  options.fusion == Fusion::kReciprocalRank
                      ? "reciprocal rank fusion has no weight"
                      : "the weight of the dense score is " + std::to_string(*weight),
                  "--weight", "Give 0 to 1 with --fusion weighted, 0 or more with --fusion paper");
    }
    options.weight = weight;
  }
  return options;
}

void SearchOptions::RequireUsed(SearchMode searched) const {
  const auto require = [&](const char* option, bool given, bool used, const std::string& by) {
    if (!given || used) return;
    throw Error(ErrorCode::kUsage,
                "only " + by + " search uses this, and the search is " + SearchModeName(searched),
                option, "Leave it out, or search otherwise");
  };
  const bool hybrid = searched == SearchMode::kHybrid, bm25_used = searched != SearchMode::kDense;
  require("--fusion", !fusion.empty(), hybrid, "hybrid");
  require("--weight", weight.has_value(), hybrid, "hybrid");
  require("--k1", bm25.k1.has_value(), bm25_used, "bm25 and hybrid");
  require("--b", bm25.b.has_value(), bm25_used, "bm25 and hybrid");
}

void SearchOptions::NoteMatches(const Searcher& searcher, Progress& notes) const {
  const int64_t matching = searcher.filter().count();
  std::string note = FormatCount(matching) + " of " +
                     FormatCount(searcher.collection().passages()) + " passages match";
  if (matching == 0) {
    for (const std::string& field : searcher.collection().FieldsNowhere(where)) {
      note += "; none has a field `" + field + "`";
    }
  }
  notes.Note(note);
}

Searcher SearchOptions::Open(const std::string& collection, const Session& session) const {
  SearcherOptions options = ToSearcherOptions();
  if (bm25.any_given()) {
    const auto recorded = Collection::Open(collection).lexical();
    options.bm25 = bm25.Over(recorded ? recorded->bm25 : Bm25Parameters());
  }
  Searcher searcher = Searcher::Open(collection, options);
  RequireUsed(searcher.mode());
  if (searcher.collection().unfinished() && searcher.collection().passages() == 0) {
    throw Error(ErrorCode::kInvalid, "the collection holds no passages yet", collection,
                "An index run is at work or was interrupted: wait, or give its command again");
  }
  const auto notes = session.MakeProgress();
  if (const std::string warning = searcher.Warning(); !warning.empty()) notes->Note(warning);
  if (searcher.collection().unfinished()) {
    notes->Note("an index run is at work or was interrupted: its passages are not searched yet");
  }
  if (!where.empty()) NoteMatches(searcher, *notes);
  return searcher;
}

}  // namespace dpr::cli
