#include "dpr/vectors/id_list.h"

#include <fmt/format.h>

#include <array>

#include "dpr/base/error.h"
#include "dpr/base/pickle.h"
#include "dpr/base/stream.h"

namespace dpr {
namespace {

constexpr std::byte kPickle{0x80};  // the instruction PROTO, which no text begins with
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int64_t kItemsUntilReleased = 1 << 16;

bool IsPickle(const Path& path) {
  std::array<std::byte, 1> first{};
  return File::OpenForReading(path).Read(first) == 1 && first[0] == kPickle;
}

void ForEachPickledId(const Path& path, const std::function<void(std::string_view)>& visit) {
  const MappedFile file(path);
  int64_t count = 0;
  ForEachPickled(file.bytes(), path.string(), [&](const Pickle&, const PickleValue& item) {
    const bool number = item.kind == PickleValue::Kind::kInteger;
    if (!number && (item.kind != PickleValue::Kind::kText || item.text.empty())) {
      throw Error(ErrorCode::kInvalid, fmt::format("item {} of the list is no id", count + 1),
                  path.string(),
                  "Give a pickled list of ids, as DPR's index_meta, or one id a line");
    }
    if (number) {
      visit(std::to_string(item.integer));
    } else {
      visit(item.text);
    }
    if (++count % kItemsUntilReleased == 0) file.Release(0, file.bytes().size());
    return true;
  });
}

}  // namespace

void ForEachId(const Path& list, const std::function<void(std::string_view)>& visit) {
  std::error_code code;
  if (std::filesystem::exists(list, code) && !std::filesystem::is_regular_file(list, code)) {
    throw Error(ErrorCode::kUsage,
                "the list of ids must be a file, since it is read more than once", list.string(),
                "Write it to a file");
  }
  if (IsPickle(list)) return ForEachPickledId(list, visit);
  LineReader lines(OpenStream(list));
  for (std::string_view line; lines.Next(line);) {
    if (line.empty()) {
      throw Error(ErrorCode::kInvalid, "the line is empty, and an id was expected", lines.where(),
                  "Give one id a line, in the order of the vectors");
    }
    visit(line);
  }
}

bool IsOneLine(std::string_view id) {
  return !id.empty() && id.find('\n') == std::string_view::npos && !id.ends_with('\r') &&
         !id.starts_with(kByteOrderMark);
}

}  // namespace dpr
