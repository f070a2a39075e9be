// The JSON files of a model's folder from anywhere: one of them is the input, behind a byte that
// says which; the others are sound.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/base/file.h"
#include "dpr/bert/config.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/encoder/description.h"

namespace {

struct SoundFile {
  const char* name;
  std::string_view content;
};

constexpr SoundFile kFiles[] = {
    {"modules.json",
     R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
      {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])"},
    {"1_Pooling/config.json", R"({"word_embedding_dimension":8,"pooling_mode_mean_tokens":true})"},
    {"config_sentence_transformers.json",
     R"({"prompts":{"query":"q: "},"similarity_fn_name":"cosine"})"},
    {"sentence_bert_config.json", R"({"max_seq_length":64})"},
    {"tokenizer_config.json", R"({"do_lower_case":true})"},
    {"config.json", R"({"architectures":["BertModel"]})"},
    {"model.safetensors.index.json", R"({"weight_map":{}})"},
};

void Write(const dpr::Path& folder, const char* name, std::string_view content) {
  dpr::File::Create(folder / name).Write(content);
}

dpr::Path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "dpr-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  dpr::CreateFolder(dpr::Path(name) / "1_Pooling");
  for (const SoundFile& file : kFiles) Write(name, file.name, file.content);
  return name;
}

template <typename Read>
void Try(Read read) {
  try {
    read();
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dpr::Path folder = MakeFolder();
  if (size == 0) return 0;
  const SoundFile& file = kFiles[data[0] % std::size(kFiles)];
  Write(folder, file.name, {reinterpret_cast<const char*>(data) + 1, size - 1});
  Try([&] { dpr::DescribeRetriever(folder); });
  Try([&] { dpr::BertConfig::Read(folder / "config.json"); });
  Try([&] { dpr::OpenModelTensors(folder); });
  Write(folder, file.name, file.content);
  return 0;
}
