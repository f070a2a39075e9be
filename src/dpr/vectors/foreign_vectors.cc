#include "dpr/vectors/foreign_vectors.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/vectors/faiss_format.h"
#include "dpr/vectors/id_list.h"
#include "dpr/vectors/npy_header.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr std::byte kPickle{0x80};

// Where the vectors and their ids lie in a file of rows.
struct RowLayout {
  std::string kind;
  int64_t dimensions = 0, rows = 0;
  size_t vectors = 0;
  std::optional<size_t> ids;
  std::optional<Similarity> similarity;
  bool has_graph = false;
};

// FAISS's indexes and NumPy's arrays: the place of a vector is its row.
class RowFile : public ForeignVectors {
 public:
  RowFile(MappedFile file, RowLayout layout, std::optional<Path> ids)
      : ForeignVectors(file.path(), layout.kind),
        file_(std::move(file)),
        layout_(std::move(layout)),
        ids_(std::move(ids)) {}

  int64_t dimensions() const override { return layout_.dimensions; }
  std::optional<int64_t> rows() const override { return layout_.rows; }
  bool has_ids() const override { return ids_ || layout_.ids; }
  bool has_graph() const override { return layout_.has_graph; }
  std::optional<Similarity> similarity() const override { return layout_.similarity; }

  void ForEach(const Visit& visit) const override {
    if (ids_) return ForEachListed(visit);
    for (int64_t row = 0; row < layout_.rows; ++row) {
      const auto place = static_cast<uint64_t>(row);
      if (layout_.ids) {
        visit(std::to_string(Load<int64_t>(*layout_.ids + place * sizeof(int64_t))), place);
      } else {
        visit({}, place);
      }
    }
  }

  void Read(uint64_t place, std::span<float> into) const override {
    DPR_CHECK(place < static_cast<uint64_t>(layout_.rows));
    DPR_CHECK(into.size() == static_cast<size_t>(layout_.dimensions));
    std::memcpy(into.data(), file_.bytes().data() + layout_.vectors + place * into.size_bytes(),
                into.size_bytes());
  }

  void Release() const override { file_.Release(0, file_.bytes().size()); }

 private:
  template <typename T>
  T Load(size_t offset) const {
    T value;
    std::memcpy(&value, file_.bytes().data() + offset, sizeof value);
    return value;
  }

  void ForEachListed(const Visit& visit) const {
    int64_t count = 0;
    ForEachId(*ids_, [&](std::string_view id) {
      if (count++ < layout_.rows) visit(id, static_cast<uint64_t>(count - 1));
    });
    if (count == layout_.rows) return;
    throw Error(
        ErrorCode::kMismatch,
        fmt::format("it has {} ids, and {} has {} vectors", count, path().string(), layout_.rows),
        ids_->string(), "Do the two files belong together?");
  }

  MappedFile file_;
  RowLayout layout_;
  std::optional<Path> ids_;
};

RowLayout LayoutOfFaiss(const MappedFile& file) {
  const FaissLayout faiss = ParseFaissIndex(file.bytes(), file.path().string());
  return {faiss.index + " of FAISS", faiss.dimensions, faiss.rows, faiss.vectors, faiss.ids,
          faiss.similarity,          faiss.has_graph};
}

RowLayout LayoutOfNpy(const MappedFile& file) {
  const NpyHeader npy = ParseNpyHeader(file.text(), file.path().string());
  RowLayout layout;
  layout.kind = "NumPy array";
  layout.dimensions = npy.columns;
  layout.rows = npy.rows;
  layout.vectors = npy.data_offset;
  return layout;
}

[[noreturn]] void FailOwnIds(const std::string& kind, const Path& path) {
  throw Error(ErrorCode::kUsage, fmt::format("a list of ids for {}, which has its own", kind),
              path.string(), "Leave --ids out");
}

// The file of vectors in a folder of Pyserini's or of DPR's.
Path FileIn(const Path& folder) {
  std::error_code code;
  for (const char* name : {"index", "index.dpr"}) {
    if (fs::is_regular_file(folder / name, code)) return folder / name;
  }
  throw Error(ErrorCode::kNotFound,
              "the folder holds neither `index`, as Pyserini's do, nor DPR's `index.dpr`",
              folder.string(), "Name the file of vectors");
}

std::unique_ptr<ForeignVectors> OpenRows(MappedFile file, RowLayout layout,
                                         std::optional<Path> ids) {
  if (layout.ids && ids) FailOwnIds(layout.kind, file.path());
  if (!layout.ids && !ids) ids = FindIdsBeside(file.path());
  return std::make_unique<RowFile>(std::move(file), std::move(layout), std::move(ids));
}

}  // namespace

std::optional<Path> FindIdsBeside(const Path& path) {
  constexpr std::string_view kDprIndex = "index.dpr";
  const std::string name = path.filename().string();
  std::vector<Path> candidates = {path.string() + ".ids"};
  if (name.ends_with(kDprIndex)) {
    const std::string stem = name.substr(0, name.size() - kDprIndex.size());
    candidates.push_back(path.parent_path() / (stem + "index_meta.dpr"));
  }
  if (name == "index") candidates.push_back(path.parent_path() / "docid");
  std::error_code code;
  for (const Path& candidate : candidates) {
    if (fs::exists(candidate, code)) return candidate;
  }
  return std::nullopt;
}

std::unique_ptr<ForeignVectors> OpenForeignVectors(const Path& path,
                                                   const std::optional<Path>& ids) {
  std::error_code code;
  if (fs::is_directory(path, code)) return OpenForeignVectors(FileIn(path), ids);
  MappedFile file(path);
  if (IsFaissFile(file.bytes())) {
    RowLayout layout = LayoutOfFaiss(file);
    return OpenRows(std::move(file), std::move(layout), ids);
  }
  if (file.text().starts_with(kNpyMagic)) {
    RowLayout layout = LayoutOfNpy(file);
    return OpenRows(std::move(file), std::move(layout), ids);
  }
  if (!file.bytes().empty() && file.bytes()[0] == kPickle) {
    if (ids) FailOwnIds("pickled embeddings", path);
    return OpenPickledEmbeddings(path);
  }
  throw Error(ErrorCode::kInvalid,
              file.bytes().empty()
                  ? "the file is empty"
                  : "it is no index of FAISS's, no .npy file and no pickle (protocol 2 or later)",
              path.string(), "Check the path; docs/formats/faiss.md says what is read");
}

}  // namespace dpr
