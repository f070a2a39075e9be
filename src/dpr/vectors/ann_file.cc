#include "dpr/vectors/ann_file.h"

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/vectors/graph_file.h"
#include "dpr/vectors/inverted_file.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostOption = 1 << 20;

int OptionOf(const Json& json, const char* name) {
  const auto value = json.at(name).get<int64_t>();
  if (value >= 0 && value <= kMostOption) return static_cast<int>(value);
  throw Error(ErrorCode::kInvalid,
              std::string("the option ") + name + " is " + std::to_string(value));
}

GraphOptions GraphOptionsOf(const Json& json) {
  GraphOptions options;
  options.edges = OptionOf(json, "edges");
  options.most_edges = OptionOf(json, "most_edges");
  options.effort = OptionOf(json, "effort");
  json.at("pruning").get_to(options.pruning);
  json.at("seed").get_to(options.seed);
  return options;
}

InvertedOptions InvertedOptionsOf(const Json& json) {
  InvertedOptions options;
  options.lists = OptionOf(json, "lists");
  options.rows_per_list = OptionOf(json, "rows_per_list");
  options.iterations = OptionOf(json, "iterations");
  json.at("seed").get_to(options.seed);
  return options;
}

}  // namespace

const char* AnnKindName(AnnKind kind) { return kind == AnnKind::kGraph ? "graph" : "inverted"; }

AnnKind ParseAnnKind(std::string_view name) {
  for (const AnnKind kind : {AnnKind::kGraph, AnnKind::kInverted}) {
    if (name == AnnKindName(kind)) return kind;
  }
  throw Error(ErrorCode::kInvalid, "there is no index of the kind \"" + std::string(name) + "\"",
              {}, "There are graph and inverted");
}

std::string AnnOptions::Json() const {
  nlohmann::ordered_json json;
  if (kind == AnnKind::kGraph) {
    json = {{"edges", graph.edges},
            {"most_edges", graph.most_edges},
            {"effort", graph.effort},
            {"pruning", graph.pruning},
            {"seed", graph.seed}};
  } else {
    json = {{"lists", inverted.lists},
            {"rows_per_list", inverted.rows_per_list},
            {"iterations", inverted.iterations},
            {"seed", inverted.seed}};
  }
  return json.dump();
}

AnnOptions AnnOptions::FromJson(AnnKind kind, const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text);
  AnnOptions options;
  options.kind = kind;
  if (kind == AnnKind::kGraph) {
    options.graph = GraphOptionsOf(json);
  } else {
    options.inverted = InvertedOptionsOf(json);
  }
  return options;
}

std::unique_ptr<AnnFile> OpenAnnFile(AnnKind kind, const Path& path) {
  if (kind == AnnKind::kGraph) return std::make_unique<GraphFile>(path);
  return std::make_unique<InvertedFile>(path);
}

std::string AnnIdentity(const AnnSource& source, const AnnOptions& options) {
  const nlohmann::ordered_json json = {
      {"codes", source.identity},
      {"older", source.older != nullptr ? source.older->checksum() : ""},
      {"similarity", SimilarityName(source.similarity)},
      {"kind", AnnKindName(options.kind)},
      {"options", nlohmann::ordered_json::parse(options.Json())}};
  return json.dump();
}

int64_t AnnMemory(const AnnOptions& options, int64_t rows, int64_t dimensions,
                  Similarity similarity) {
  if (options.kind == AnnKind::kInverted) {
    return InvertedBytes(rows, dimensions, similarity, options.inverted);
  }
  const int64_t edges = options.graph.most_edges * static_cast<int64_t>(sizeof(Node));
  return rows * (CodeStride(dimensions) + static_cast<int64_t>(sizeof(CodeRow)) + edges);
}

bool BuildAnnFile(const Path& path, const AnnSource& source, const AnnOptions& options,
                  const std::atomic<bool>& stop, Progress& progress) {
  if (options.kind == AnnKind::kGraph) {
    return BuildGraphFile(path, source, options.graph, stop, progress);
  }
  return BuildInvertedFile(path, source, options.inverted, stop, progress);
}

}  // namespace dpr
