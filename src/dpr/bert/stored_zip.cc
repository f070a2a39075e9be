#include "dpr/bert/stored_zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr uint32_t kLocalFile = 0x04034B50, kCentralFile = 0x02014B50, kEnd = 0x06054B50;
constexpr uint32_t kEnd64 = 0x06064B50, kEnd64Locator = 0x07064B50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kLocatorBytes = 20;
constexpr size_t kEnd64Bytes = 56, kLongestComment = 0xFFFF;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // the value stands in the zip64 extra field
constexpr uint16_t kExtra64 = 1;

// Reads numbers out of the archive; kInvalid beyond its end.
class Archive {
 public:
  Archive(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, "the zip archive is damaged: " + problem, where_,
                "Is the file cut short?");
  }
  std::span<const std::byte> Part(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) Fail("it points beyond its end");
    return bytes_.subspan(offset, size);
  }
  template <typename T>
  T Number(uint64_t offset) const {
    T value;
    std::memcpy(&value, Part(offset, sizeof value).data(), sizeof value);
    return value;
  }
  std::string Text(uint64_t offset, uint64_t size) const {
    const auto part = Part(offset, size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  uint64_t size() const { return bytes_.size(); }
  const std::string& where() const { return where_; }

 private:
  std::span<const std::byte> bytes_;
  std::string where_;
};

struct Directory {
  uint64_t offset = 0, files = 0;
};

Directory FindDirectory(const Archive& archive) {
  if (archive.size() < kEndBytes) archive.Fail("it is too short");
  const uint64_t last = archive.size() - kEndBytes;
  const uint64_t first = last - std::min<uint64_t>(last, kLongestComment);
  for (uint64_t at = last + 1; at-- > first;) {
    if (archive.Number<uint32_t>(at) != kEnd) continue;
    if (at >= kLocatorBytes && archive.Number<uint32_t>(at - kLocatorBytes) == kEnd64Locator) {
      const auto end64 = archive.Number<uint64_t>(at - kLocatorBytes + 8);
      archive.Part(end64, kEnd64Bytes);
      if (archive.Number<uint32_t>(end64) != kEnd64) archive.Fail("its zip64 end is missing");
      return {archive.Number<uint64_t>(end64 + 48), archive.Number<uint64_t>(end64 + 32)};
    }
    return {archive.Number<uint32_t>(at + 16), archive.Number<uint16_t>(at + 10)};
  }
  archive.Fail("it has no directory");
}

struct Entry {
  std::string name;
  uint64_t size = 0, compressed = 0, local = 0;
};

// The values that do not fit into 32 bits, from the zip64 extra field, in their fixed order.
void ReadExtra64(const Archive& archive, uint64_t extra, uint64_t extra_size, Entry& entry) {
  for (uint64_t at = extra; at + 4 <= extra + extra_size;) {
    const uint64_t size = archive.Number<uint16_t>(at + 2);
    if (archive.Number<uint16_t>(at) == kExtra64) {
      uint64_t value = at + 4;
      for (uint64_t* field : {&entry.size, &entry.compressed, &entry.local}) {
        if (*field != kIn64) continue;
        *field = archive.Number<uint64_t>(value);
        value += 8;
      }
      return;
    }
    at += 4 + size;
  }
}

}  // namespace

bool IsZip(std::span<const std::byte> file) {
  uint32_t magic = 0;
  if (file.size() < sizeof magic) return false;
  std::memcpy(&magic, file.data(), sizeof magic);
  return magic == kLocalFile;
}

std::map<std::string, std::span<const std::byte>> ParseStoredZip(std::span<const std::byte> file,
                                                                 const std::string& where) {
  const Archive archive(file, where);
  const Directory directory = FindDirectory(archive);
  std::map<std::string, std::span<const std::byte>> files;
  uint64_t at = directory.offset;
  for (uint64_t i = 0; i < directory.files; ++i) {
    archive.Part(at, kCentralBytes);
    if (archive.Number<uint32_t>(at) != kCentralFile) archive.Fail("its directory is cut short");
    const uint64_t name_size = archive.Number<uint16_t>(at + 28);
    const uint64_t extra_size = archive.Number<uint16_t>(at + 30);
    const uint64_t comment_size = archive.Number<uint16_t>(at + 32);
    Entry entry = {archive.Text(at + kCentralBytes, name_size), archive.Number<uint32_t>(at + 24),
                   archive.Number<uint32_t>(at + 20), archive.Number<uint32_t>(at + 42)};
    ReadExtra64(archive, at + kCentralBytes + name_size, extra_size, entry);
    if (archive.Number<uint16_t>(at + 10) != 0 || (archive.Number<uint16_t>(at + 8) & 1) != 0) {
      throw Error(ErrorCode::kUnsupported, "`" + entry.name + "` in it is compressed or encrypted",
                  where, "torch stores its files as they are: save the model with torch.save");
    }
    archive.Part(entry.local, kLocalBytes);
    if (archive.Number<uint32_t>(entry.local) != kLocalFile) archive.Fail("a file is missing");
    const uint64_t data = entry.local + kLocalBytes + archive.Number<uint16_t>(entry.local + 26) +
                          archive.Number<uint16_t>(entry.local + 28);
    files[entry.name] = archive.Part(data, entry.size);
    at += kCentralBytes + name_size + extra_size + comment_size;
  }
  return files;
}

}  // namespace dpr
