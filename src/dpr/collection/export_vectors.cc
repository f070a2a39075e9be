#include "dpr/collection/export_vectors.h"

#include <functional>

#include "dpr/base/atomic_folder.h"
#include "dpr/base/error.h"
#include "dpr/vectors/faiss_file.h"
#include "dpr/vectors/id_list.h"
#include "dpr/vectors/npy.h"

namespace dpr {
namespace {

constexpr size_t kFlushedAt = size_t{1} << 16;
constexpr uint64_t kAdvancedAtOnce = 1024;

using TakeVector = std::function<void(ConstFloatView)>;

// An id a line.
class IdWriter {
 public:
  explicit IdWriter(const Path& path) : file_(path) {}
  void Add(const std::string& id, const Path& collection) {
    if (!IsOneLine(id)) {
      throw Error(ErrorCode::kUnsupported, "the id \"" + id + "\" does not fit a line",
                  collection.string(), "Index these passages with other ids");
    }
    lines_ += id;
    lines_ += '\n';
    if (lines_.size() >= kFlushedAt) Flush();
  }
  void Sync() {
    Flush();
    file_.file().Sync();
  }
  void Finish() {
    Flush();
    file_.Commit();
  }

 private:
  void Flush() {
    file_.file().Write(lines_);
    lines_.clear();
  }
  AtomicFile file_;
  std::string lines_;
};

// Finds the vectors of rows that ascend.
class VectorCursor {
 public:
  explicit VectorCursor(const SearchSpace& space) : space_(space) {}
  ConstFloatView At(int64_t row) {
    while (row - first_row_ >= space_.blocks[block_].vectors.rows)
      first_row_ += space_.blocks[block_++].vectors.rows;
    return space_.blocks[block_].vectors.rows_from(row - first_row_, 1);
  }

 private:
  const SearchSpace& space_;
  size_t block_ = 0;
  int64_t first_row_ = 0;
};

void ForEachVector(const Collection& collection, IdWriter& ids, const TakeVector& take,
                   Progress& progress) {
  progress.Stage("exporting", static_cast<uint64_t>(collection.passages()), "vectors");
  const SearchSpace space = collection.search_space();
  VectorCursor vectors(space);
  uint64_t count = 0;
  collection.ForEach([&](const StoredPassage& stored) {
    ids.Add(stored.passage.id, collection.folder());
    take(vectors.At(stored.row));
    if (++count % kAdvancedAtOnce == 0) progress.Advance(kAdvancedAtOnce);
  });
  progress.Advance(count % kAdvancedAtOnce);
}

// A pipe or a device takes one stream, and here are two files.
void RequireFile(const Path& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code) || std::filesystem::is_regular_file(path, code)) return;
  throw Error(ErrorCode::kUnsupported, "vectors and their ids are two files, and this is none",
              path.string(), "Give the name of a file");
}

// The old vectors go before the new ids come, so that never do ids stand beside other vectors.
void WriteNpy(const Collection& collection, const ExportedVectors& files, Progress& progress) {
  RequireFile(files.vectors_file);
  RequireFile(files.ids_file);
  NpyWriter vectors(files.vectors_file, files.dimensions);
  IdWriter ids(files.ids_file);
  ForEachVector(
      collection, ids, [&](ConstFloatView vector) { vectors.Append(vector); }, progress);
  ids.Sync();
  vectors.Sync();
  // Where a link leads is replaced, not the link.
  std::error_code ignored;
  std::filesystem::remove(std::filesystem::weakly_canonical(files.vectors_file, ignored), ignored);
  ids.Finish();
  vectors.Finish();
}

void WriteFaiss(const Collection& collection, const ExportedVectors& files, const Path& path,
                Progress& progress) {
  AtomicFolder folder(path);
  FaissFlatWriter vectors(folder.temporary() / files.vectors_file.filename(),
                          collection.encoder()->similarity, files.dimensions, files.vectors);
  IdWriter ids(folder.temporary() / files.ids_file.filename());
  ForEachVector(
      collection, ids, [&](ConstFloatView vector) { vectors.Append(vector); }, progress);
  vectors.Finish();
  ids.Finish();
  folder.Commit();
}

}  // namespace

ExportedVectors ExportVectors(const Collection& collection, VectorFormat format, const Path& path,
                              Progress& progress) {
  if (!collection.encoder()) {
    throw Error(ErrorCode::kInvalid, "the collection has no vectors", collection.folder().string(),
                "Add them with `dpr index -o " + collection.folder().string() + " --model DIR`");
  }
  ExportedVectors files;
  files.vectors = collection.passages();
  files.dimensions = collection.encoder()->dimensions;
  if (format == VectorFormat::kNpy) {
    files.vectors_file = path;
    files.ids_file = path.string() + ".ids";
    WriteNpy(collection, files, progress);
  } else {
    files.vectors_file = path / "index";
    files.ids_file = path / "docid";
    WriteFaiss(collection, files, path, progress);
  }
  return files;
}

}  // namespace dpr
