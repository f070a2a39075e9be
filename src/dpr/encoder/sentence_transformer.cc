// A folder that sentence-transformers writes (versions 2 to 6): modules.json lists what a text goes
// through. Length: sentence_bert_config.json's max_seq_length; version 6 keeps it in
// tokenizer_config.json instead, and then says "transformer_task" there.
#include <fmt/format.h>

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/bert/json.h"
#include "dpr/encoder/description.h"

namespace dpr {
namespace {

constexpr int kDefaultLength = 256;  // DPR's

[[noreturn]] void Unsupported(const std::string& problem, const std::string& where) {
  throw Error(
      ErrorCode::kUnsupported, problem, where,
      "dpr runs a Transformer with cls or mean pooling, then at most one Dense layer without "
      "activation and a Normalize");
}

// A file that may be missing.
std::optional<Json> ReadIfThere(const Path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  return Json::Read(file);
}

struct Module {
  std::string kind;  // the last part of its type: "Transformer"
  Path folder;
};

std::vector<Module> ReadModules(const Path& folder) {
  const Json list = Json::Read(folder / "modules.json");
  std::vector<Module> modules;
  for (const Json& entry : list.Elements()) {
    const std::string type = entry.String("type").value_or("");
    const std::string path = entry.String("path").value_or("");
    if (Path(path).is_absolute() || path.find("..") != std::string::npos) {
      throw Error(ErrorCode::kInvalid, fmt::format("`{}` is not a folder below it", path),
                  list.where(), kModelFileHint);
    }
    modules.push_back({type.substr(type.rfind('.') + 1), path.empty() ? folder : folder / path});
  }
  if (modules.size() < 2 || modules[0].kind != "Transformer" || modules[1].kind != "Pooling") {
    Unsupported("the modules do not begin with a Transformer and a Pooling", list.where());
  }
  return modules;
}

Pooling PoolingByName(const std::string& name, const std::string& where) {
  if (name == "cls") return Pooling::kCls;
  if (name == "mean") return Pooling::kMean;
  Unsupported(fmt::format("the model pools by `{}`", name), where);
}

// The new form, {"pooling_mode": "mean"}, or the old with a flag for each mode.
Pooling ReadPooling(const Json& json) {
  if (const auto mode = json.Member("pooling_mode")) {
    if (mode->is_string()) return PoolingByName(mode->AsString(), json.where());
    const std::vector<Json> modes = mode->Elements();
    if (modes.size() == 1) return PoolingByName(modes[0].AsString(), json.where());
    Unsupported(fmt::format("the model joins {} ways of pooling", modes.size()), json.where());
  }
  constexpr std::pair<const char*, const char*> kFlags[] = {
      {"pooling_mode_cls_token", "cls"},
      {"pooling_mode_max_tokens", "max"},
      {"pooling_mode_mean_tokens", "mean"},
      {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
      {"pooling_mode_weightedmean_tokens", "weightedmean"},
      {"pooling_mode_lasttoken", "lasttoken"},
  };
  std::string found;
  for (const auto& [flag, name] : kFlags) {
    if (!json.Boolean(flag).value_or(false)) continue;
    if (!found.empty()) Unsupported("the model joins several ways of pooling", json.where());
    found = name;
  }
  return PoolingByName(found.empty() ? "mean" : found, json.where());
}

int ReadMaxLength(const Path& transformer) {
  constexpr int64_t kLongest = 1 << 20;  // tokenizers say 10^30 for "no limit"
  const auto config = ReadIfThere(transformer / "sentence_bert_config.json");
  if (!config) return kDefaultLength;
  std::optional<double> length = config->Number("max_seq_length");
  if (!length && config->Member("transformer_task")) {
    const auto tokenizer = ReadIfThere(transformer / "tokenizer_config.json");
    if (tokenizer) length = tokenizer->Number("model_max_length");
  }
  if (!length) return kDefaultLength;
  if (!(*length >= Encoder::kShortestMaxLength)) {
    throw Error(ErrorCode::kInvalid, fmt::format("a maximum length of {} tokens", *length),
                config->where(), "Mend it, or give --max-length");
  }
  return static_cast<int>(std::min(*length, static_cast<double>(kLongest)));
}

// The first of these prompts that the model has, "" for none.
std::string Prompt(const std::optional<Json>& prompts, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!prompts) break;
    if (const auto text = prompts->String(name)) return *text;
  }
  return "";
}

Similarity ReadSimilarity(const std::optional<Json>& config) {
  const auto name = config ? config->String("similarity_fn_name") : std::nullopt;
  if (!name || *name == "cosine") return Similarity::kCosine;  // the default there
  if (*name == "dot") return Similarity::kDot;
  if (*name == "euclidean") return Similarity::kL2;
  Unsupported(fmt::format("the model compares vectors by `{}`", *name), config->where());
}

void ReadLaterModules(const std::vector<Module>& modules, RetrieverDescription& model) {
  for (size_t i = 2; i < modules.size(); ++i) {
    const Module& module = modules[i];
    if (module.kind == "Normalize" && i + 1 == modules.size()) {
      model.questions.settings.normalize = true;
    } else if (module.kind == "Dense" && i == 2) {
      model.dense = module.folder;
    } else {
      Unsupported(fmt::format("module {} is a `{}`", i, module.kind), module.folder.string());
    }
  }
}

}  // namespace

RetrieverDescription DescribeSentenceTransformer(const Path& folder) {
  const std::vector<Module> modules = ReadModules(folder);
  const auto config = ReadIfThere(folder / "config_sentence_transformers.json");
  const std::string type =
      config ? config->String("model_type").value_or("SentenceTransformer") : "SentenceTransformer";
  if (type != "SentenceTransformer") {
    Unsupported(fmt::format("the model is a `{}`, not a SentenceTransformer", type),
                config->where());
  }
  RetrieverDescription model;
  EncoderSettings& settings = model.questions.settings;
  model.questions.folder = modules[0].folder;
  settings.title_join = TitleJoin::kSpace;
  settings.max_length = ReadMaxLength(modules[0].folder);
  const Json pooling = Json::Read(modules[1].folder / "config.json");
  settings.pooling = ReadPooling(pooling);
  ReadLaterModules(modules, model);

  const auto prompts = config ? config->Member("prompts") : std::nullopt;
  model.passages = model.questions;
  settings.prompt = Prompt(prompts, {"query"});
  model.passages.settings.prompt = Prompt(prompts, {"document", "passage", "corpus"});
  const bool prompted = !settings.prompt.empty() || !model.passages.settings.prompt.empty();
  if (prompted && !pooling.Boolean("include_prompt").value_or(true)) {
    Unsupported("the model leaves its prompts out of pooling (`include_prompt` is false)",
                pooling.where());
  }
  model.similarity = ReadSimilarity(config);
  return model;
}

}  // namespace dpr
