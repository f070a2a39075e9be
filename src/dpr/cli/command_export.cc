// dpr export: a model, or the vectors of a collection, in a layout that other programs read.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/collection/export_vectors.h"
#include "dpr/collection/layout.h"
#include "dpr/encoder/export.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr export my-retriever/ --format dpr -o for-transformers/
      # question_encoder/ loads as DPRQuestionEncoder, ctx_encoder/ as DPRContextEncoder
  dpr export hf_bert_base.cp --vocab vocab.txt --format dpr -o dpr-nq/
  dpr export my-shared-retriever/ --format sentence-transformers -o st/
  dpr export handbook.dpr --format npy -o handbook.npy
      # a float32 array; handbook.npy.ids has the ids of its rows, one a line
  dpr export handbook.dpr --format faiss -o handbook-faiss/
      # index, which FAISS reads, and docid: the layout of Pyserini's folders)";

struct ExportCommand {
  std::string format;
  std::string out;
  EncoderOptions encoder;
};

bool IsCollection(const std::string& path) {
  std::error_code code;
  return std::filesystem::exists(Path(path) / kManifestFile, code);
}

void PrintJson(const nlohmann::ordered_json& result) {
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void ExportCollection(const ExportCommand& options, const Session& session) {
  const bool npy = options.format == "npy";
  if (!npy && options.format != "faiss") {
    throw Error(ErrorCode::kUsage, "--format " + options.format + " is for models",
                options.encoder.model + ", a collection",
                "Give npy or faiss; `dpr inspect` names the model that made the vectors");
  }
  if (options.encoder.any_settings()) {
    throw Error(ErrorCode::kUsage, "options of the encoder, and nothing is encoded",
                options.encoder.model + ", a collection", "Leave them out");
  }
  const Collection collection = Collection::Open(options.encoder.model);
  const auto progress = session.MakeProgress();
  const ExportedVectors exported = ExportVectors(
      collection, npy ? VectorFormat::kNpy : VectorFormat::kFaiss, options.out, *progress);
  if (!npy && collection.encoder()->similarity == Similarity::kCosine) {
    progress->Note(
        "the collection compares by cosine, which FAISS does not have: the index is of "
        "inner products, which are cosines where all vectors have the length 1");
  }
  if (session.json) {
    PrintJson({{"collection", options.encoder.model},
               {"format", options.format},
               {"vectors", exported.vectors},
               {"dimensions", exported.dimensions},
               {"output", exported.vectors_file.string()},
               {"ids", exported.ids_file.string()}});
  } else if (!session.quiet) {
    std::cout << exported.vectors_file.string() << ": " << FormatCount(exported.vectors)
              << " vectors of " << exported.dimensions
              << " dimensions; their ids: " << exported.ids_file.string() << "\n";
  }
}

void ExportModel(const ExportCommand& options, const Session& session) {
  if (options.format == "npy" || options.format == "faiss") {
    throw Error(ErrorCode::kUsage, "--format " + options.format + " is for collections",
                options.encoder.model, "Give a collection, or dpr or sentence-transformers");
  }
  const ExportFormat format =
      options.format == "dpr" ? ExportFormat::kDpr : ExportFormat::kSentenceTransformers;
  const std::vector<std::string> notes = ExportRetriever(
      options.encoder.model, options.encoder.ToRetrieverOptions(), format, options.out);
  const auto progress = session.MakeProgress();
  for (const std::string& note : notes) progress->Note(note);
  if (session.json) {
    PrintJson({{"model", options.encoder.model},
               {"format", options.format},
               {"output", options.out},
               {"notes", notes}});
  }
}

void Export(const ExportCommand& options, const Session& session) {
  if (IsCollection(options.encoder.model)) {
    ExportCollection(options, session);
  } else {
    ExportModel(options, session);
  }
}

}  // namespace

void AddExportCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<ExportCommand>();
  CLI::App* command = program.add_subcommand(
      "export", "write a model, or a collection's vectors, in another program's layout");
  command->add_option("model", options->encoder.model, "any model that dpr reads, or a collection")
      ->required();
  command
      ->add_option("--format", options->format,
                   "of a model: dpr or sentence-transformers; of a collection: npy or faiss")
      ->check(CLI::IsMember({"dpr", "sentence-transformers", "npy", "faiss"}))
      ->required();
  command->add_option("-o,--output", options->out, "the folder to make; npy: the file")->required();
  options->encoder.AddSettingsTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { Export(*options, session); });
}

}  // namespace dpr::cli
