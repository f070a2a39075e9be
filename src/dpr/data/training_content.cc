#include "dpr/data/training_content.h"

#include <memory>
#include <vector>

#include "dpr/base/gzip_stream.h"
#include "dpr/base/stream.h"

namespace dpr {
namespace {

constexpr size_t kBlock = size_t{1} << 18;

constexpr std::string_view kXzMagic("\xfd\x37zXZ\0", 6);
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

// Compressed, or nothing that could be mapped: standard input, a pipe.
bool NeedsCopy(const Path& file) {
  if (file == "-" || !std::filesystem::is_regular_file(file)) return true;
  std::string beginning(kXzMagic.size(), '\0');
  File input = File::OpenForReading(file);
  beginning.resize(input.Read(std::as_writable_bytes(std::span(beginning))));
  return IsGzip(beginning) || beginning.starts_with(kXzMagic) || beginning.starts_with(kZstdMagic);
}

MappedFile Copied(const Path& file, Progress& progress) {
  const std::unique_ptr<ByteStream> stream = OpenStream(file);
  progress.Stage("decompressing " + stream->name(), 0, "bytes");
  File copy = File::Unnamed();
  std::vector<char> block(kBlock);
  while (const size_t got = stream->Read(block)) {
    copy.Write(std::string_view(block.data(), got));
    progress.Advance(got);
  }
  return MappedFile(copy);
}

}  // namespace

TrainingContent::TrainingContent(const Path& file, Progress& progress)
    : name_(file == "-" ? "standard input" : file.string()),
      mapped_(NeedsCopy(file) ? Copied(file, progress) : MappedFile(file)) {}

TrainingContent::TrainingContent(std::string text, std::string name)
    : name_(std::move(name)), text_(std::move(text)) {}

void TrainingContent::Release(uint64_t begin, uint64_t length) const {
  if (!mapped_.text().empty()) mapped_.Release(begin, length);
}

}  // namespace dpr
