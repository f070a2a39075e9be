// dpr import: passages with vectors that another program made, into a collection.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/cli/lexical_options.h"
#include "dpr/cli/split_options.h"
#include "dpr/collection/import_vectors.h"
#include "dpr/collection/passage_encoder.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr import wikipedia_passages_*.pkl --passages psgs_w100.tsv.gz --model hf_bert_base.cp \
      --vocab vocab.txt -o wiki.dpr
      # DPR's embeddings; its ids "wiki:1" are the passages' "1"
  dpr import index.dpr --passages psgs_w100.tsv --model dpr-nq/ -o wiki.dpr
      # FAISS's file, flat or HNSW, with index_meta.dpr beside it
  dpr import pyserini-index/ --passages corpus.jsonl --model tct-colbert/ -o c.dpr
      # Pyserini's folder: index and docid
  dpr import vectors.npy --ids ids.txt --passages corpus.jsonl --model e5/ -o c.dpr

Nothing is encoded; the model encodes the questions, and passages that are added later. A command
that was killed can be given again and goes on.)";

struct ImportCommand {
  std::vector<std::string> files, passages, ids;
  std::string out, similarity;
  std::string id_prefix = "wiki:";
  IndexOptions index;
  LexicalOptions lexical;
  EncoderOptions encoder;
};

ForeignFiles OpenFiles(const ImportCommand& options) {
  if (!options.ids.empty() && options.ids.size() != options.files.size()) {
    throw Error(ErrorCode::kUsage,
                std::to_string(options.ids.size()) + " lists of ids for " +
                    std::to_string(options.files.size()) + " files of vectors",
                "--ids", "Give one for each file, in their order");
  }
  ForeignFiles files;
  for (size_t i = 0; i < options.files.size(); ++i) {
    std::optional<Path> ids;
    if (!options.ids.empty()) ids = options.ids[i];
    files.push_back(OpenForeignVectors(options.files[i], ids));
  }
  return files;
}

// The encoder of the questions, which compares as the vectors are meant to be compared. Published
// vectors are mostly computed in f32, so that is the precision unless another is asked for.
Retriever OpenModel(const ImportCommand& options, const ForeignFiles& files) {
  Retriever retriever = options.encoder.Open(Precision::kF32);
  const bool extra = HasExtraDimension(files, retriever.dimensions());
  const Similarity similarity = options.similarity.empty()
                                    ? ImportedSimilarity(files, retriever.similarity(), extra)
                                    : ParseSimilarity(options.similarity);
  return similarity == retriever.similarity() ? retriever : retriever.WithSimilarity(similarity);
}

// What of the files is not taken, and what was assumed.
void SayWhatIsMeant(const ForeignFiles& files, const Retriever& retriever, Progress& progress) {
  const ForeignVectors& first = *files.front();
  for (const auto& file : files) {
    if (!file->has_graph()) continue;
    progress.Note(file->path().string() +
                  ": its vectors are taken, its HNSW graph is not: search is exact");
  }
  if (HasExtraDimension(files, retriever.dimensions())) {
    progress.Note(
        "the vectors have one dimension more than the model's, by which DPR turns the "
        "inner product into L2 for HNSW: it is dropped");
  }
  if (!first.has_ids()) {
    progress.Note(first.path().string() +
                  " has no ids: the k-th vector is taken for that of the k-th passage");
  }
}

void Print(const ImportCommand& options, const IndexReport& report, const std::string& kind,
           const Retriever& retriever, const Session& session) {
  const int64_t passages = Collection::Open(options.out).passages();
  const std::string similarity = SimilarityName(retriever.similarity());
  if (!session.json) {
    std::cout << options.out << ": " << FormatCount(passages) << " passages; "
              << FormatCount(report.added) << " imported, compared by " << similarity;
    if (report.unchanged_sources > 0) {
      std::cout << ", " << FormatCount(report.unchanged_sources) << " sources left as they are";
    }
    std::cout << "; " << FormatDuration(report.seconds) << "\n";
    return;
  }
  const nlohmann::ordered_json result = {{"collection", options.out},
                                         {"passages", passages},
                                         {"added", report.added},
                                         {"unchanged_sources", report.unchanged_sources},
                                         {"kind", kind},
                                         {"dimensions", retriever.dimensions()},
                                         {"similarity", similarity},
                                         {"seconds", report.seconds}};
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void Import(const ImportCommand& options, const Session& session) {
  const std::vector<SourceFile> passages =
      ListSources({options.passages.begin(), options.passages.end()});
  ForeignFiles files = OpenFiles(options);
  const std::string kind = files.front()->kind();
  const Retriever retriever = OpenModel(options, files);
  IndexOptions index = options.index;
  if (options.lexical.any_given()) index.lexical = options.lexical.Over(OpenIfThere(options.out));
  const auto progress = session.MakeProgress();
  SayWhatIsMeant(files, retriever, *progress);
  const Path out = std::filesystem::absolute(Path(options.out) / "").parent_path();
  ImportedVectors vectors(RetrieverPassageEncoder(retriever).record(), std::move(files),
                          options.id_prefix, out.string() + ".import");
  const IndexReport report = ImportVectors(options.out, passages, vectors, index, *progress);
  Print(options, report, kind, retriever, session);
}

}  // namespace

void AddImportCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<ImportCommand>();
  CLI::App* command =
      program.add_subcommand("import", "make a collection of vectors that another program made");
  command
      ->add_option(
          "files", options->files,
          "FAISS's index (flat, HNSW-flat), DPR's pickled embeddings, .npy; or a folder of "
          "Pyserini's (index, docid) or DPR's (index.dpr, index_meta.dpr)")
      ->required();
  command
      ->add_option("--passages", options->passages,
                   "what the vectors were made of, in any format that `dpr index` reads; several: "
                   "--passages A --passages B")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE");
  command->add_option("-o,--output", options->out, "the collection, a folder")
      ->required()
      ->type_name("COLLECTION");
  command
      ->add_option("--ids", options->ids,
                   "the vectors' ids, one a line or DPR's index_meta, once for each FILE (default: "
                   "FILE.ids, docid or index_meta.dpr beside it; without any, the passages' order)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command
      ->add_option("--id-prefix", options->id_prefix,
                   "what ids of vectors begin with and those of passages do not, or the other way "
                   "round")
      ->capture_default_str();
  AddSplitOptions(*command, options->index);
  command
      ->add_option("--similarity", options->similarity,
                   "dot, cosine or l2 (default: l2 where FAISS's index says so, else the model's)")
      ->check(CLI::IsMember({"dot", "cosine", "l2"}));
  options->lexical.AddTo(*command, "BM25 too");
  options->encoder.AddTo(*command, true, "f32, in which vectors are mostly published");
  command->footer(kFooter);
  command->callback([options, &session] { Import(*options, session); });
}

}  // namespace dpr::cli
