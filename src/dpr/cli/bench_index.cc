#include "dpr/cli/bench_index.h"

#include <atomic>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/vectors/ann_build.h"

namespace dpr::cli {
namespace {

// Stands for the content of a file that is too large to be read for it: where, how long, how old.
std::string IdentityOf(const Path& path) {
  const auto written = std::filesystem::last_write_time(path).time_since_epoch().count();
  return HashHex(std::filesystem::absolute(path).string() + " " + std::to_string(FileSize(path)) +
                 " " + std::to_string(written));
}

bool Exists(const Path& path) {
  std::error_code code;
  return std::filesystem::exists(path, code);
}

}  // namespace

BenchIndex::BenchIndex(const BenchIndexOptions& options)
    : options_(options), base_(options.base), similarity_(ParseSimilarity(options.similarity)) {
  if (options.index == "flat") return;
  if (options.work.empty()) {
    MakeInMemory();
  } else {
    MakeInFiles();
  }
}

void BenchIndex::MakeInMemory() {
  NoProgress silent;
  codes_.emplace(base_.view());
  if (options_.index == "graph") {
    graph_.emplace(codes_->view(), similarity_, options_.ann.graph, silent);
    graph_index_.emplace(graph_->view(), similarity_);
    ann_ = &*graph_index_;
  } else if (options_.index == "inverted") {
    inverted_.emplace(CodedRows({codes_->view()}, similarity_), options_.ann.inverted, silent);
    ann_ = &inverted_->index();
  }
}

void BenchIndex::MakeInFiles() {
  NoProgress silent;
  const Path folder = options_.work, codes = folder / "vectors.i8";
  CreateFolder(folder);
  const std::string identity = IdentityOf(options_.base);
  if (Exists(codes)) code_file_.emplace(codes);
  if (!code_file_ || code_file_->vectors() != identity) {
    code_file_.reset();
    WriteCodeFile(codes, {base_.view(), base_.mapping(), identity}, silent);
    code_file_.emplace(codes);
  }
  if (options_.index == "exact") return;
  AnnOptions ann = options_.ann;
  ann.kind = ParseAnnKind(options_.index);
  AnnSource source;
  source.blocks = {code_file_->view()};
  source.identity = code_file_->checksum();
  source.similarity = similarity_;
  const Path path = folder / options_.index;
  const std::atomic<bool> stop = false;
  BuildAnnFile(path, source, ann, stop, silent);
  file_ = OpenAnnFile(ann.kind, path);
  ann_ = &file_->index();
}

SearchSpace BenchIndex::space() const {
  const CodesView codes = codes_ ? codes_->view() : code_file_ ? code_file_->view() : CodesView();
  return {{{base_.view(), codes}}, {}};
}

double BenchIndex::bytes_per_vector() const {
  const ConstFloatView base = base_.view();
  const auto rows = static_cast<double>(base.rows);
  if (options_.index == "flat") return static_cast<double>(base.columns) * sizeof(float);
  if (inverted_) return static_cast<double>(inverted_->bytes()) / rows;
  if (ann_ == nullptr) return static_cast<double>(CodeStride(base.columns)) + sizeof(CodeRow);
  AnnOptions ann = options_.ann;
  ann.kind = ParseAnnKind(options_.index);
  return static_cast<double>(AnnMemory(ann, base.rows, base.columns, similarity_)) / rows;
}

}  // namespace dpr::cli
