#include "dpr/collection/deleted_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/collection/layout.h"

namespace dpr {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr char kMagic[8] = {'D', 'P', 'R', 'D', 'E', 'L', 'S', '\n'};
constexpr uint32_t kVersion = 1;

// The first 128 bytes; the bitmaps follow, each a whole number of 8-byte words.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t bitmaps;  // 1 or 2
  struct {
    uint64_t generation;
    uint64_t words;
  } bitmap[2];
  char unused[48];
  char checksum[32];  // hexadecimal, over the bytes before it and the bitmaps
};
static_assert(sizeof(Header) == 128 && offsetof(Header, checksum) == 96);

[[noreturn]] void ThrowDamaged(const std::string& problem, const Path& path) {
  throw Error(ErrorCode::kCorrupt, "the file is damaged: " + problem, path.string(), kRestoreHint);
}

std::string Checksum(const Header& header, std::span<const std::byte> bitmaps) {
  const auto bytes = std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum));
  return Hasher().Add(bytes).Add(bitmaps).Hex();
}

Header ReadHeader(std::span<const std::byte> bytes, const Path& path) {
  Header header;
  if (bytes.size() < sizeof(header)) ThrowDamaged("it is too short", path);
  std::memcpy(&header, bytes.data(), sizeof(header));
  const std::string checksum(header.checksum, sizeof(header.checksum));
  if (checksum != Checksum(header, bytes.subspan(sizeof(header)))) {
    ThrowDamaged("its checksum does not hold", path);
  }
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    ThrowDamaged("it is no file of deleted rows", path);
  }
  if (header.version != kVersion) {
    throw Error(ErrorCode::kUnsupported,
                "the file has format version " + std::to_string(header.version) +
                    "; this dpr reads version " + std::to_string(kVersion),
                path.string(),
                "Use the dpr that made it, or index the sources again into a new folder");
  }
  return header;
}

}  // namespace

DeletedRows::DeletedRows(std::span<const uint64_t> words) : words_(words.begin(), words.end()) {
  for (const uint64_t word : words_) count_ += std::popcount(word);
}

bool DeletedRows::Add(int64_t row) {
  const auto word = static_cast<size_t>(row / 64);
  if (word >= words_.size()) words_.resize(word + 1);
  const uint64_t bit = uint64_t{1} << (row % 64);
  if ((words_[word] & bit) != 0) return false;
  words_[word] |= bit;
  ++count_;
  return true;
}

int64_t DeletedRows::CountWithin(int64_t begin, int64_t end) const {
  int64_t count = 0;
  for (int64_t row = begin; row < end;) {
    const auto word = static_cast<size_t>(row / 64);
    if (word >= words_.size()) break;
    if (row % 64 == 0 && row + 64 <= end) {
      count += std::popcount(words_[word]);
      row += 64;
    } else {
      count += Contains(row++) ? 1 : 0;
    }
  }
  return count;
}

DeletedRows DeletedRows::Replace(int64_t begin, int64_t end, int64_t rows) const {
  DeletedRows result;
  const int64_t shift = rows - (end - begin);
  for (size_t i = 0; i < words_.size(); ++i) {
    for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
      const int64_t row = static_cast<int64_t>(i) * 64 + std::countr_zero(word);
      if (row < begin) result.Add(row);
      if (row >= end) result.Add(row + shift);
    }
  }
  return result;
}

DeletedFile::DeletedFile(const Path& path) : file_(path) {
  const std::span<const std::byte> bytes = file_.bytes();
  const Header header = ReadHeader(bytes, path);
  if (header.bitmaps < 1 || header.bitmaps > 2) ThrowDamaged("a wrong count of bitmaps", path);
  const uint64_t words = (bytes.size() - sizeof(header)) / sizeof(uint64_t);
  uint64_t used = 0;
  for (uint32_t i = 0; i < header.bitmaps; ++i) {
    if (header.bitmap[i].words > words - used) ThrowDamaged("it is too short", path);
    const auto* first = reinterpret_cast<const uint64_t*>(bytes.data() + sizeof(header)) + used;
    bitmaps_.emplace_back(first, header.bitmap[i].words);
    generations_.push_back(static_cast<int64_t>(header.bitmap[i].generation));
    used += header.bitmap[i].words;
  }
  if (sizeof(header) + used * sizeof(uint64_t) != bytes.size())
    ThrowDamaged("it is too long", path);
}

std::optional<std::span<const uint64_t>> DeletedFile::Words(int64_t generation) const {
  const auto found = std::find(generations_.begin(), generations_.end(), generation);
  if (found == generations_.end()) return std::nullopt;
  return bitmaps_[static_cast<size_t>(found - generations_.begin())];
}

void WriteDeletedFile(const Path& path, std::span<const DeletedGeneration> bitmaps) {
  DPR_CHECK(!bitmaps.empty() && bitmaps.size() <= 2);
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.bitmaps = static_cast<uint32_t>(bitmaps.size());
  Hasher hasher;
  for (size_t i = 0; i < bitmaps.size(); ++i) {
    header.bitmap[i] = {static_cast<uint64_t>(bitmaps[i].generation), bitmaps[i].words.size()};
  }
  hasher.Add(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum)));
  for (const DeletedGeneration& bitmap : bitmaps) hasher.Add(std::as_bytes(bitmap.words));
  const std::string checksum = hasher.Hex();
  std::memcpy(header.checksum, checksum.data(), sizeof(header.checksum));
  AtomicFile out(path);
  out.file().Write(std::as_bytes(std::span(&header, 1)));
  for (const DeletedGeneration& bitmap : bitmaps) out.file().Write(std::as_bytes(bitmap.words));
  out.Commit();
}

}  // namespace dpr
