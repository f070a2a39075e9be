// ImportedVectors::Match: one pass over the vectors, one over the passages, and what is missing.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dpr/base/error.h"
#include "dpr/collection/imported_vectors.h"

namespace dpr {
namespace {

constexpr size_t kMostFiles = size_t{1} << 12;
constexpr uint64_t kAdvancedAtOnce = 1024;
// The length of a vector with DPR's extra dimension is phi for all of a file, but for rounding.
constexpr double kLengthTolerance = 1e-4;

bool AreFinite(std::span<const float> vector) {
  constexpr uint32_t kExponent = 0x7F800000;
  bool finite = true;
  for (const float number : vector) {
    finite &= (std::bit_cast<uint32_t>(number) & kExponent) != kExponent;
  }
  return finite;
}

// How many, and the first few by name.
class Missing {
 public:
  void Add(std::string_view id) {
    if (++count_ <= kNamed) names_ += fmt::format("{}\"{}\"", count_ > 1 ? ", " : "", id);
  }
  int64_t count() const { return count_; }
  std::string Text(const char* one, const char* many) const {
    const std::string rest = count_ > kNamed ? fmt::format(" and {} more", count_ - kNamed) : "";
    return fmt::format("{} {}: {}{}", count_, count_ == 1 ? one : many, names_, rest);
  }

 private:
  static constexpr int64_t kNamed = 5;
  int64_t count_ = 0;
  std::string names_;
};

// Progress that is told now and then.
class Counter {
 public:
  explicit Counter(Progress& progress) : progress_(progress) {}
  ~Counter() { progress_.Advance(count_ % kAdvancedAtOnce); }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  // True each time that progress was told.
  bool Add() {
    if (++count_ % kAdvancedAtOnce != 0) return false;
    progress_.Advance(kAdvancedAtOnce);
    return true;
  }

 private:
  Progress& progress_;
  uint64_t count_ = 0;
};

}  // namespace

// The pass over the vectors: ids, numbers that are none, the extra dimension, the content.
class ImportedVectors::Scan {
 public:
  explicit Scan(const ImportedVectors& vectors)
      : vectors_(vectors), vector_(static_cast<size_t>(vectors.files_.front()->dimensions())) {}

  // `ids`: gets each id with the vector's number.
  void Run(HashRuns& ids, Progress& progress) {
    progress.Stage("reading the vectors", Total(), "vectors");
    for (size_t i = 0; i < vectors_.files_.size(); ++i) Read(i, ids, progress);
  }

  std::string Content() {
    // Shards are the same in any order; rows without ids are not.
    if (vectors_.files_.front()->has_ids()) std::ranges::sort(hashes_);
    Hasher hasher;
    hasher.AddField("dpr vectors 1").AddNumber(vector_.size());
    for (const std::string& hash : hashes_) hasher.AddField(hash);
    return hasher.Hex();
  }

 private:
  uint64_t Total() const {
    int64_t total = 0;
    for (const auto& file : vectors_.files_) {
      if (!file->rows()) return 0;
      total += *file->rows();
    }
    return static_cast<uint64_t>(total);
  }

  void Read(size_t index, HashRuns& ids, Progress& progress) {
    const ForeignVectors& file = *vectors_.files_[index];
    Hasher hasher;
    Counter counter(progress);
    int64_t number = 0;
    shortest_ = longest_ = -1;
    file.ForEach([&](std::string_view id, uint64_t place) {
      ++number;
      file.Read(place, vector_);
      Check(file, id, number);
      hasher.AddField(id).Add(std::as_bytes(std::span(vector_)));
      if (file.has_ids()) ids.Add(id, uint64_t{index} << kPlaceBits | place);
      if (counter.Add()) file.Release();
    });
    if (vectors_.extra_dimension_) CheckLengths(file);
    hashes_.push_back(hasher.Hex());
  }

  void Check(const ForeignVectors& file, std::string_view id, int64_t number) {
    if (!AreFinite(vector_)) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("vector {}{} holds a NaN or an infinity", number,
                              id.empty() ? std::string() : fmt::format(", of \"{}\",", id)),
                  file.path().string(), "Make the vectors again, or leave this passage out");
    }
    if (!vectors_.extra_dimension_) return;
    double length = 0;
    for (const float x : vector_) length += double{x} * double{x};
    shortest_ = shortest_ < 0 ? length : std::min(shortest_, length);
    longest_ = std::max(longest_, length);
  }

  void CheckLengths(const ForeignVectors& file) const {
    if (longest_ - shortest_ <= kLengthTolerance * longest_) return;
    throw Error(ErrorCode::kMismatch,
                fmt::format("its vectors have one dimension more than the model's, and it is not "
                            "the one that DPR adds: squared lengths go from {:.6g} to {:.6g}",
                            shortest_, longest_),
                file.path().string(), "Give with --model the encoder that made these vectors");
  }

  const ImportedVectors& vectors_;
  std::vector<float> vector_;
  double shortest_ = -1, longest_ = -1;  // squared lengths in a file
  std::vector<std::string> hashes_;      // of each file
};

// The pass over the passages.
class ImportedVectors::Matching {
 public:
  Matching(ImportedVectors& vectors, const std::vector<SourceFile>& passages,
           const std::vector<SplitOptions>& splits)
      : vectors_(vectors), passages_(passages), splits_(splits) {}

  void ById(Progress& progress) {
    found_.resize(vectors_.table_.size());
    ForEachPassage(progress, [this](const std::string& id, const std::string& where) {
      const auto place = vectors_.Find(id);
      if (!place) return without_vector_.Add(id);
      if (found_[*place]) FailTwice(id, where);
      found_[*place] = true;
    });
    Require();
  }

  // The k-th passage's vector is the k-th of the files.
  void InOrder(Progress& progress) {
    HashRuns ids(vectors_.place_.string() + ".ids");
    int64_t passages = 0, rows = 0, before = 0;
    for (const auto& file : vectors_.files_) rows += *file->rows();
    size_t file = 0;
    ForEachPassage(progress, [&](const std::string& id, const std::string&) {
      if (passages++ >= rows) return;
      while (passages - before > *vectors_.files_[file]->rows()) {
        before += *vectors_.files_[file++]->rows();
      }
      const auto place = static_cast<uint64_t>(passages - 1 - before);
      ids.Add(id, uint64_t{file} << kPlaceBits | place);
    });
    if (passages != rows) FailCounts(passages, rows);
    vectors_.table_ = IdTable(ids, vectors_.place_.string() + ".table");
    vectors_.CheckRepeated();
  }

 private:
  template <typename Visit>
  void ForEachPassage(Progress& progress, const Visit& visit) const {
    progress.Stage("matching the passages", static_cast<uint64_t>(vectors_.table_.size()),
                   "passages");
    Counter counter(progress);
    Passage passage;
    for (size_t i = 0; i < passages_.size(); ++i) {
      const auto reader = OpenSource(passages_[i], {splits_[i], false});
      while (reader->Next(passage)) {
        visit(passage.id, reader->where());
        counter.Add();
      }
    }
  }

  std::string Where() const {
    const std::string first = passages_.front().path.string();
    return passages_.size() == 1 ? first : first + " and others";
  }

  [[noreturn]] void FailTwice(const std::string& id, const std::string& where) const {
    throw Error(ErrorCode::kExists,
                "the id \"" + id + "\" is given twice, or stands for the vector of another passage",
                where,
                "Ids must be unique, with and without the prefix \"" + vectors_.id_prefix_ +
                    "\": rename one of the two");
  }

  [[noreturn]] void FailCounts(int64_t passages, int64_t rows) const {
    throw Error(ErrorCode::kMismatch,
                fmt::format("there are {} passages and {} vectors, which have no ids: they can be "
                            "told by their order only where there are equally many",
                            passages, rows),
                Where(), "Give the passages that were encoded, or the vectors' ids with --ids");
  }

  // Names the vectors that no passage asked for by reading the files once more.
  void Require() const {
    Missing without_passage;
    if (std::ranges::find(found_, false) != found_.end()) {
      for (const auto& file : vectors_.files_) {
        file->ForEach([&](std::string_view id, uint64_t) {
          const auto place = vectors_.table_.Find(id);
          if (place && !found_[*place]) without_passage.Add(id);
        });
      }
    }
    if (without_vector_.count() == 0 && without_passage.count() == 0) return;
    std::string problem;
    if (without_vector_.count() > 0) {
      problem = without_vector_.Text("passage has no vector", "passages have no vector");
    }
    if (without_passage.count() > 0) {
      problem += problem.empty() ? "" : "; ";
      problem +=
          without_passage.Text("vector belongs to no passage", "vectors belong to no passage");
    }
    throw Error(ErrorCode::kMismatch, problem, Where(),
                "Give all files of vectors, and the passages that they were made of; --id-prefix "
                "says what only one side's ids begin with");
  }

  ImportedVectors& vectors_;
  const std::vector<SourceFile>& passages_;
  const std::vector<SplitOptions>& splits_;
  std::vector<bool> found_;  // by place in the table
  Missing without_vector_;
};

void ImportedVectors::Match(const std::vector<SourceFile>& passages,
                            const std::vector<SplitOptions>& splits, Progress& progress) {
  DPR_CHECK(!files_.empty() && !passages.empty() && splits.size() == passages.size());
  if (files_.size() > kMostFiles) {
    throw Error(ErrorCode::kUsage, fmt::format("{} files of vectors", files_.size()), {},
                fmt::format("Give at most {}", kMostFiles));
  }
  const bool has_ids = files_.front()->has_ids();
  for (const auto& file : files_) {
    if (file->has_ids() == has_ids) continue;
    throw Error(ErrorCode::kUsage,
                fmt::format("of its vectors ids are {}, of those of {} they are {}",
                            has_ids ? "missing" : "there", files_.front()->path().string(),
                            has_ids ? "there" : "missing"),
                file->path().string(), "Give the ids of all files with --ids, or of none");
  }
  HashRuns ids(place_.string() + ".ids");
  Scan scan(*this);
  scan.Run(ids, progress);
  content_ = scan.Content();
  Matching matching(*this, passages, splits);
  if (!has_ids) return matching.InOrder(progress);
  table_ = IdTable(ids, place_.string() + ".table");
  CheckRepeated();
  matching.ById(progress);
}

void ImportedVectors::CheckRepeated() const {
  if (!table_.repeated()) return;
  const auto [first, again] = *table_.repeated();
  const bool own_ids = files_.front()->has_ids();
  throw Error(ErrorCode::kExists,
              own_ids ? fmt::format("two vectors have the id \"{}\"", IdOf(first))
                      : std::string("two passages have one id"),
              files_[FileOf(again)]->path().string(),
              own_ids ? "Is a file given twice? Ids must be unique" : "Ids must be unique");
}

// Reads the file to find it: only an error asks.
std::string ImportedVectors::IdOf(uint64_t number) const {
  std::string found;
  const uint64_t wanted = PlaceOf(number);
  files_[FileOf(number)]->ForEach([&](std::string_view id, uint64_t place) {
    if (place == wanted) found = id;
  });
  return found;
}

}  // namespace dpr
