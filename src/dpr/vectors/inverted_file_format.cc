#include "dpr/vectors/inverted_file_format.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "dpr/base/error.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

constexpr const char* kMakeAnew = "Make it anew: dpr optimize";

uint64_t Aligned(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

[[noreturn]] void FailCorrupt(const std::string& problem, const std::string& where) {
  throw Error(ErrorCode::kCorrupt, problem, where, kMakeAnew);
}

// Whether all that is computed from it stays far from the ends of 64 bits.
bool IsPossible(const InvertedFileHeader& header) {
  return header.rows >= 1 && header.rows < kNoRow && header.dimensions >= 1 &&
         header.dimensions <= kMostBitDimensions && header.lists >= 1 &&
         header.lists <= header.rows && header.similarity <= 2 &&
         std::all_of(std::begin(header.reserved), std::end(header.reserved),
                     [](char c) { return c == 0; });
}

std::span<const uint64_t> BeginsOf(std::span<const std::byte> file,
                                   const InvertedFileHeader& header) {
  return {reinterpret_cast<const uint64_t*>(file.data() + sizeof(header)), header.lists + 1};
}

}  // namespace

InvertedFileHeader NewInvertedHeader(int64_t rows, int64_t dimensions, Similarity similarity,
                                     int64_t lists) {
  DPR_CHECK(rows >= 1 && dimensions >= 1 && lists >= 1);
  InvertedFileHeader header{};
  std::memcpy(header.magic, kInvertedFileMagic, sizeof(header.magic));
  header.version = kInvertedFileVersion;
  header.similarity = static_cast<uint32_t>(similarity);
  header.dimensions = static_cast<uint64_t>(dimensions);
  header.rows = static_cast<uint64_t>(rows);
  header.lists = static_cast<uint64_t>(lists);
  return header;
}

InvertedFileParts::InvertedFileParts(const InvertedFileHeader& header, uint64_t blocks) {
  const uint64_t d = header.dimensions, places = blocks * kBitBlock;
  const bool l2 = header.similarity == static_cast<uint32_t>(Similarity::kL2);
  begins = sizeof(header);
  rotation = Aligned(begins + (header.lists + 1) * sizeof(uint64_t));
  centres = Aligned(rotation + d * d * sizeof(float));
  row_of = Aligned(centres + header.lists * d * sizeof(float));
  factors = Aligned(row_of + places * sizeof(uint32_t));
  offsets = Aligned(factors + places * sizeof(float));
  bits = Aligned(offsets + (l2 ? places * sizeof(float) : 0));
  end = bits + places * static_cast<uint64_t>(BitBytes(static_cast<int64_t>(d)));
}

InvertedFileHeader ParseInvertedFile(std::span<const std::byte> file, const std::string& where) {
  InvertedFileHeader header;
  const bool complete = file.size() >= sizeof(header);
  if (complete) std::memcpy(&header, file.data(), sizeof(header));
  if (!complete || std::memcmp(header.magic, kInvertedFileMagic, sizeof(header.magic)) != 0) {
    FailCorrupt("this is no inverted file", where);
  }
  if (header.version != kInvertedFileVersion) {
    throw Error(ErrorCode::kUnsupported,
                "the inverted file has version " + std::to_string(header.version) +
                    ", and this program knows " + std::to_string(kInvertedFileVersion),
                where, kMakeAnew);
  }
  if (!IsPossible(header) || InvertedFileParts(header, 0).end > file.size()) {
    FailCorrupt("the header of the inverted file makes no sense, or the file was cut off", where);
  }
  const std::span<const uint64_t> begins = BeginsOf(file, header);
  if (begins.front() != 0 || !std::is_sorted(begins.begin(), begins.end()) ||
      begins.back() > kNoRow / kBitBlock || begins.back() * kBitBlock < header.rows) {
    FailCorrupt(
        "the lists of the inverted file do not follow one another, or have no room for its rows",
        where);
  }
  if (InvertedFileParts(header, begins.back()).end != file.size()) {
    FailCorrupt("the inverted file has " + std::to_string(file.size()) +
                    " bytes, which is not what its header says",
                where);
  }
  return header;
}

InvertedView ViewInvertedFile(std::span<const std::byte> file, const InvertedFileHeader& header) {
  const std::span<const uint64_t> begins = BeginsOf(file, header);
  const InvertedFileParts parts(header, begins.back());
  const auto floats = [&](uint64_t at) { return reinterpret_cast<const float*>(file.data() + at); };
  const auto d = static_cast<int64_t>(header.dimensions);
  InvertedView view;
  view.rows = static_cast<int64_t>(header.rows);
  view.dimensions = d;
  view.similarity = static_cast<Similarity>(header.similarity);
  view.rotation = {floats(parts.rotation), d, d};
  view.centres = {floats(parts.centres), static_cast<int64_t>(header.lists), d};
  view.begins = begins;
  view.row_of = reinterpret_cast<const uint32_t*>(file.data() + parts.row_of);
  view.factors = floats(parts.factors);
  view.offsets = view.similarity == Similarity::kL2 ? floats(parts.offsets) : nullptr;
  view.bits = reinterpret_cast<const uint8_t*>(file.data() + parts.bits);
  return view;
}

}  // namespace dpr
