#include "dpr/pretraining/start_folder.h"

#include <fmt/format.h>

#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/encoder/tokenizer_files.h"

namespace dpr {

BertConfig SmallBertConfig() {
  BertConfig config;
  config.hidden = 256;
  config.layers = 4;
  config.heads = 4;
  config.intermediate = 1024;
  config.positions = 512;
  config.segments = 2;
  return config;
}

StartFolder::StartFolder(const std::optional<Path>& config_file, const Vocabulary& vocabulary) {
  BertConfig config = config_file ? BertConfig::Read(*config_file) : SmallBertConfig();
  const auto pieces = static_cast<int64_t>(vocabulary.pieces.size());
  if (config_file && config.vocabulary < pieces) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("`vocab_size` is {}, but the vocabulary has {} pieces",
                            config.vocabulary, pieces),
                config_file->string(), "Let config.json and --vocab go together");
  }
  if (!config_file) config.vocabulary = pieces;
  config.projection = 0;
  std::string name = (std::filesystem::temp_directory_path() / "dpr-start-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ThrowErrno("make a folder", name);
  path_ = name;
  WriteFileAtomically(path_ / "config.json", config.ToJson(BertArchitecture::kBert));
  WriteVocabulary(vocabulary, path_);
}

StartFolder::~StartFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace dpr
