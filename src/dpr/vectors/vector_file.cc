#include "dpr/vectors/vector_file.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

constexpr size_t kReadBytes = size_t{4} << 20;

std::span<const std::byte> BytesOf(const VectorFileHeader& header) {
  return std::as_bytes(std::span(&header, 1));
}

std::span<const std::byte> BytesOf(ConstFloatView rows) {
  return std::as_bytes(std::span(rows.data, static_cast<size_t>(rows.rows * rows.columns)));
}

Path FolderOf(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

VectorFileHeader ReadHeader(const File& file) {
  std::byte bytes[sizeof(VectorFileHeader)];
  const size_t there = std::min<uint64_t>(sizeof(bytes), file.size());
  file.ReadAt(0, std::span(bytes).first(there));
  return ParseVectorHeader(std::span(bytes).first(there), file.path().string());
}

}  // namespace

VectorFileWriter::VectorFileWriter(File file, int64_t dimensions, int64_t rows)
    : file_(std::move(file)), dimensions_(dimensions), rows_(rows) {}

uint64_t VectorFileWriter::end() const {
  return sizeof(VectorFileHeader) + static_cast<uint64_t>(rows_ * dimensions_) * sizeof(float);
}

VectorFileWriter VectorFileWriter::Create(const Path& path, int64_t dimensions) {
  const VectorFileHeader header = UnfinishedVectorHeader(dimensions);
  VectorFileWriter writer(File::Create(path), dimensions, 0);
  KillPoint("vectors.append");
  writer.file_.WriteAt(0, BytesOf(header));
  SyncFolder(FolderOf(path));
  return writer;
}

VectorFileWriter VectorFileWriter::Resume(const Path& path, int64_t dimensions, int64_t rows) {
  DPR_CHECK(rows >= 0);
  if (rows == 0) return Create(path, dimensions);
  VectorFileWriter writer(File::OpenForUpdating(path), dimensions, rows);
  const VectorFileHeader header = ReadHeader(writer.file_);
  if (header.dimensions != static_cast<uint64_t>(dimensions)) {
    throw Error(ErrorCode::kMismatch,
                "the vectors have " + std::to_string(header.dimensions) + " dimensions, not " +
                    std::to_string(dimensions),
                path.string(), "Remove the unfinished file and begin again");
  }
  const uint64_t row_bytes = header.dimensions * sizeof(float);
  const uint64_t there = (writer.file_.size() - sizeof(header)) / row_bytes;
  if (there < static_cast<uint64_t>(rows)) {
    throw Error(ErrorCode::kCorrupt,
                "the file holds " + std::to_string(there) + " whole vectors, and " +
                    std::to_string(rows) + " had been written",
                path.string(), "Remove the unfinished file and begin again");
  }
  writer.file_.WriteAt(0, BytesOf(UnfinishedVectorHeader(dimensions)));
  writer.file_.Truncate(writer.end());
  writer.HashKeptRows();
  return writer;
}

void VectorFileWriter::HashKeptRows() {
  std::vector<std::byte> buffer(kReadBytes);
  for (uint64_t at = sizeof(VectorFileHeader); at < end();) {
    const auto part = std::span(buffer).first(std::min<uint64_t>(buffer.size(), end() - at));
    file_.ReadAt(at, part);
    hasher_.Add(part);
    at += part.size();
  }
}

void VectorFileWriter::Append(ConstFloatView rows) {
  DPR_CHECK(!finished_ && rows.columns == dimensions_);
  if (rows.stride != rows.columns) {
    for (int64_t i = 0; i < rows.rows; ++i) Append({rows.row(i), 1, rows.columns});
    return;
  }
  file_.WriteAt(end(), BytesOf(rows));
  KillPoint("vectors.append");
  hasher_.Add(BytesOf(rows));
  rows_ += rows.rows;
}

void VectorFileWriter::Sync() { file_.Sync(); }

void VectorFileWriter::Finish() {
  DPR_CHECK(!finished_);
  finished_ = true;
  VectorFileHeader header = UnfinishedVectorHeader(dimensions_);
  header.rows = static_cast<uint64_t>(rows_);
  const std::string checksum = VectorFileChecksum(std::move(hasher_), header);
  std::memcpy(header.checksum, checksum.data(), sizeof(header.checksum));
  file_.Truncate(end());
  file_.Sync();
  KillPoint("vectors.finish");
  file_.WriteAt(0, BytesOf(header));
  file_.Sync();
  KillPoint("vectors.finish");
}

VectorFile::VectorFile(const Path& path) : file_(path) {
  const VectorFileHeader header = ParseVectorFile(file_.bytes(), path.string());
  rows_ = static_cast<int64_t>(header.rows);
  dimensions_ = static_cast<int64_t>(header.dimensions);
  checksum_.assign(header.checksum, sizeof(header.checksum));
}

ConstFloatView VectorFile::view() const {
  const std::byte* data = file_.bytes().data() + sizeof(VectorFileHeader);
  return {reinterpret_cast<const float*>(data), rows_, dimensions_};
}

void VectorFile::Verify() const {
  Hasher hasher;
  const std::span<const std::byte> bytes = file_.bytes();
  for (size_t at = sizeof(VectorFileHeader); at < bytes.size();) {
    const size_t end = std::min(bytes.size(), (at / kReadBytes + 1) * kReadBytes);
    hasher.Add(bytes.subspan(at, end - at));
    file_.Release(at / kReadBytes * kReadBytes, kReadBytes);
    at = end;
  }
  const VectorFileHeader header = ParseVectorFile(bytes, file_.path().string());
  if (VectorFileChecksum(std::move(hasher), header) != checksum_) {
    throw Error(ErrorCode::kCorrupt, "the vectors' checksum does not hold", file_.path().string(),
                "A byte of the file has changed: restore it from a copy, or index again");
  }
}

}  // namespace dpr
