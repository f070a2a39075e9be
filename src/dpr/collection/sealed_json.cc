#include "dpr/collection/sealed_json.h"

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/collection/layout.h"

namespace dpr {
namespace {

constexpr std::string_view kEnd = "\n}";
constexpr std::string_view kBeforeChecksum = ",\n  \"checksum\": \"";
constexpr std::string_view kAfterChecksum = "\"\n}\n";
constexpr size_t kChecksumDigits = 32;
constexpr size_t kSealSize = kBeforeChecksum.size() + kChecksumDigits + kAfterChecksum.size();

// Does the text begin as a file of this format? Then the rest of its second line, up to the comma.
std::string_view VersionOf(std::string_view text, const std::string& format) {
  const std::string begin = "{\n  \"format\": \"" + format + "\",\n  \"version\": ";
  if (!text.starts_with(begin)) return {};
  const std::string_view rest = text.substr(begin.size());
  return rest.substr(0, rest.find_first_not_of("0123456789"));
}

}  // namespace

std::string SealJson(std::string_view object) {
  DPR_CHECK(object.ends_with(kEnd));
  std::string text(object.substr(0, object.size() - kEnd.size()));
  const std::string checksum = HashHex(text);
  return text.append(kBeforeChecksum).append(checksum).append(kAfterChecksum);
}

std::string OpenSealedJson(std::string_view text, const std::string& format, int version,
                           const std::string& where) {
  const bool long_enough = text.size() > kSealSize;
  const std::string_view content = text.substr(0, long_enough ? text.size() - kSealSize : 0);
  const std::string_view seal = text.substr(content.size());
  if (!long_enough || !seal.starts_with(kBeforeChecksum) || !seal.ends_with(kAfterChecksum) ||
      seal.substr(kBeforeChecksum.size(), kChecksumDigits) != HashHex(content)) {
    throw Error(ErrorCode::kCorrupt, "the file is damaged: its checksum does not hold", where,
                kRestoreHint);
  }
  const std::string_view found = VersionOf(content, format);
  if (found.empty()) {
    throw Error(ErrorCode::kUnsupported, "this is not a file of the format \"" + format + "\"",
                where, "Check the path");
  }
  if (found != std::to_string(version)) {
    throw Error(ErrorCode::kUnsupported,
                "the file has format version " + std::string(found) + "; this dpr reads version " +
                    std::to_string(version),
                where,
                "Use the dpr that made it, or index the sources again into a new folder with "
                "this one");
  }
  return std::string(content).append(kEnd);
}

std::string ReadSealedJson(const Path& path, const std::string& format, int version) {
  return OpenSealedJson(ReadFile(path), format, version, path.string());
}

}  // namespace dpr
