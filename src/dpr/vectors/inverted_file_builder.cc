// BuildInvertedFile: the centres are found and kept, then the list of each row, a piece at a time;
// then the file is laid out and filled.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "dpr/base/kill_point.h"
#include "dpr/base/writable_mapping.h"
#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/inverted_file.h"
#include "dpr/vectors/inverted_file_format.h"
#include "dpr/vectors/rotation.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostGrowth = 2;
constexpr int64_t kRowsBetweenRecords = int64_t{1} << 18;

template <typename T>
std::span<const std::byte> BytesOf(const T* data, int64_t count) {
  return std::as_bytes(std::span(data, static_cast<size_t>(count)));
}

// While the lists are half as many as would be made now, or more.
bool KeepsCentres(int64_t lists, int64_t rows, const InvertedOptions& options) {
  return options.lists > 0 || DefaultLists(rows) <= kMostGrowth * lists;
}

class InvertedFileBuild {
 public:
  InvertedFileBuild(const Path& path, const AnnSource& source, const InvertedOptions& options)
      : source_(source),
        options_(options),
        rows_(source.blocks, source.similarity),
        build_(path, AnnIdentity(source, {AnnKind::kInverted, {}, options})) {}

  bool Run(const std::atomic<bool>& stop, Progress& progress) {
    if (build_.finished()) return true;
    Json state = Json::parse(build_.state());
    if (!IsWhole(state)) {
      build_.BeginAnew();
      state = Json::object();
    }
    const Matrix centres = Centres(state, progress);
    std::vector<uint32_t> lists;
    if (stop || !Assign(centres, state, lists, stop, progress)) return false;
    Fill(centres, lists, progress);
    build_.Finish();
    return true;
  }

 private:
  // Whether what a build before has kept is there.
  bool IsWhole(const Json& state) const {
    const auto has = [&](const char* part, int64_t numbers) {
      std::error_code code;
      const auto size = std::filesystem::file_size(build_.part(part), code);
      return !code && size >= static_cast<uint64_t>(numbers) * sizeof(float);
    };
    const int64_t centres = state.value("centres", int64_t{0});
    const int64_t assigned = state.value("assigned", int64_t{0});
    return centres >= 1 && centres <= rows_.rows() && assigned >= 0 && assigned <= rows_.rows() &&
           has("centres", centres * rows_.dimensions()) &&
           (assigned == 0 || has("lists", assigned));
  }

  const InvertedView* Older() const {
    if (source_.older == nullptr) return nullptr;
    const InvertedView& view = dynamic_cast<const InvertedFile&>(*source_.older).index().view();
    return KeepsCentres(view.lists(), rows_.rows(), options_) ? &view : nullptr;
  }

  Matrix Centres(Json& state, Progress& progress) const {
    const int64_t kept = state.value("centres", int64_t{0});
    if (kept > 0) return ReadCentres(kept);
    Matrix centres;
    if (const InvertedView* older = Older()) {
      centres = Matrix(older->lists(), rows_.dimensions());
      CopyRows(older->centres, centres.view());
    } else {
      centres = FindListCentres(rows_, options_, progress);
    }
    AtomicFile file(build_.part("centres"));
    file.file().WriteAt(0, BytesOf(centres.row(0), centres.rows() * centres.columns()));
    file.Commit();
    state["centres"] = centres.rows();
    build_.Keep(state.dump());
    return centres;
  }

  Matrix ReadCentres(int64_t count) const {
    Matrix centres(count, rows_.dimensions());
    const std::string bytes = ReadFile(build_.part("centres"));
    std::memcpy(centres.row(0), bytes.data(),
                static_cast<size_t>(count * rows_.dimensions()) * sizeof(float));
    return centres;
  }

  bool Assign(const Matrix& centres, Json& state, std::vector<uint32_t>& lists,
              const std::atomic<bool>& stop, Progress& progress) const {
    lists.resize(static_cast<size_t>(rows_.rows()));
    const NearestCentre nearest(centres.view());
    const Path path = build_.part("lists");
    int64_t done = state.value("assigned", int64_t{0});
    if (done > 0) {
      File::OpenForReading(path).ReadAt(
          0, std::as_writable_bytes(std::span(lists).first(static_cast<size_t>(done))));
      const bool sound = std::all_of(lists.begin(), lists.begin() + done,
                                     [&](uint32_t list) { return list < centres.rows(); });
      if (!sound) done = 0;
    }
    File file = done > 0 ? File::OpenForUpdating(path) : File::Create(path);
    progress.Stage("sorting into lists", static_cast<uint64_t>(rows_.rows()), "vectors");
    progress.Advance(static_cast<uint64_t>(done));
    while (done < rows_.rows()) {
      const int64_t count = std::min(kRowsBetweenRecords, rows_.rows() - done);
      AssignLists(rows_, nearest, done, count, lists.data() + done);
      file.WriteAt(static_cast<uint64_t>(done) * sizeof(uint32_t),
                   BytesOf(lists.data() + done, count));
      file.Sync();
      done += count;
      state["assigned"] = done;
      build_.Keep(state.dump());
      progress.Advance(static_cast<uint64_t>(count));
      if (stop) return false;
    }
    return true;
  }

  void Fill(const Matrix& centres, const std::vector<uint32_t>& lists, Progress& progress) const {
    const ListPlaces places(lists, centres.rows());
    const InvertedFileHeader header =
        NewInvertedHeader(rows_.rows(), rows_.dimensions(), source_.similarity, centres.rows());
    const InvertedFileParts parts(header, places.begins.back());
    const Matrix rotation = RandomRotation(rows_.dimensions(), options_.seed);
    {
      File file = File::Create(build_.building());
      file.WriteAt(0, BytesOf(&header, 1));
      file.WriteAt(parts.begins, BytesOf(places.begins.data(), centres.rows() + 1));
      file.WriteAt(parts.rotation, BytesOf(rotation.row(0), rotation.rows() * rotation.columns()));
      file.WriteAt(parts.centres, BytesOf(centres.row(0), centres.rows() * centres.columns()));
      file.Truncate(parts.end);
    }
    KillPoint("inverted.laid");
    const WritableMapping mapping(build_.building());
    std::byte* const data = mapping.bytes().data();
    const bool l2 = source_.similarity == Similarity::kL2;
    const InvertedArrays arrays{reinterpret_cast<uint32_t*>(data + parts.row_of),
                                reinterpret_cast<float*>(data + parts.factors),
                                l2 ? reinterpret_cast<float*>(data + parts.offsets) : nullptr,
                                reinterpret_cast<uint8_t*>(data + parts.bits)};
    FillLists(rows_, rotation.view(), centres.view(), lists, places, arrays, progress);
    mapping.Sync();
    KillPoint("inverted.filled");
  }

  const AnnSource& source_;
  const InvertedOptions options_;
  const CodedRows rows_;
  const AnnBuild build_;
};

}  // namespace

bool BuildInvertedFile(const Path& path, const AnnSource& source, const InvertedOptions& options,
                       const std::atomic<bool>& stop, Progress& progress) {
  return InvertedFileBuild(path, source, options).Run(stop, progress);
}

}  // namespace dpr
