// dpr export: a model in a layout that other programs read.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/collection/layout.h"
#include "dpr/encoder/export.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr export my-retriever/ --format dpr -o for-transformers/
      # question_encoder/ loads as DPRQuestionEncoder, ctx_encoder/ as DPRContextEncoder
  dpr export hf_bert_base.cp --vocab vocab.txt --format dpr -o dpr-nq/
  dpr export my-shared-retriever/ --format sentence-transformers -o st/)";

struct ExportCommand {
  std::string format;
  std::string out;
  EncoderOptions encoder;
};

void Export(const ExportCommand& options, const Session& session) {
  std::error_code code;
  if (std::filesystem::exists(Path(options.encoder.model) / kManifestFile, code)) {
    throw Error(ErrorCode::kUnsupported, "this is a collection; what is exported are models",
                options.encoder.model, "`dpr inspect` names the model that made it");
  }
  const ExportFormat format =
      options.format == "dpr" ? ExportFormat::kDpr : ExportFormat::kSentenceTransformers;
  const std::vector<std::string> notes = ExportRetriever(
      options.encoder.model, options.encoder.ToRetrieverOptions(), format, options.out);
  const auto progress = session.MakeProgress();
  for (const std::string& note : notes) progress->Note(note);
  if (session.json) {
    const nlohmann::ordered_json result = {{"model", options.encoder.model},
                                           {"format", options.format},
                                           {"output", options.out},
                                           {"notes", notes}};
    std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
}

}  // namespace

void AddExportCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<ExportCommand>();
  CLI::App* command = program.add_subcommand("export", "write a model in another program's layout");
  command->add_option("model", options->encoder.model, "any model that dpr reads")->required();
  command->add_option("--format", options->format, "dpr or sentence-transformers")
      ->check(CLI::IsMember({"dpr", "sentence-transformers"}))
      ->required();
  command->add_option("-o,--output", options->out, "the folder to make")->required();
  options->encoder.AddSettingsTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { Export(*options, session); });
}

}  // namespace dpr::cli
