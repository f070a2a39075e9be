#include "dpr/data/source_format.h"

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/data/delimited_reader.h"
#include "dpr/data/json_scanner.h"

namespace dpr {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// The keys of the first JSON object decide. A beginning may be cut anywhere: what the scanner then
// throws means that nothing was decided before.
std::optional<SourceFormat> FormatOfJson(std::string_view beginning) {
  try {
    JsonScanner scanner(StreamOf(beginning, "beginning"));
    scanner.Expect('{');
    do {
      const std::string key(scanner.Value());
      scanner.Expect(':');
      if (key == "\"data\"" && scanner.Peek() == '[') return SourceFormat::kSquad;
      for (const char* name : {"\"id\"", "\"_id\"", "\"text\"", "\"contents\""}) {
        if (key == name) return SourceFormat::kJsonl;
      }
      scanner.SkipValue();
    } while (scanner.Take(','));
  } catch (const Error&) {
  }
  return std::nullopt;
}

// Does the first line name the columns that passages need?
bool NamesColumns(std::string_view line, char delimiter) {
  try {
    DelimitedReader reader(StreamOf(line, "beginning"), delimiter);
    std::vector<std::string_view> fields;
    reader.Next(fields);
    bool id = false, text = false;
    for (const std::string_view field : fields) {
      const std::string name = Lower(std::string(field));
      id = id || name == "id" || name == "_id";
      text = text || name == "text" || name == "contents";
    }
    return id && text;
  } catch (const Error&) {
    return false;
  }
}

bool LooksLikeHtml(std::string_view beginning) {
  const std::string lower = Lower(std::string(beginning.substr(0, 1024)));
  return lower.starts_with("<!doctype html") || lower.find("<html") != std::string::npos;
}

}  // namespace

std::span<const SourceFormatEntry> SourceFormats() {
  static const std::vector<SourceFormatEntry> formats = {
      {SourceFormat::kTsv, {".tsv"}, OpenTsv},
      {SourceFormat::kCsv, {".csv"}, OpenCsv},
      {SourceFormat::kJsonl, {".jsonl", ".ndjson"}, OpenJsonl},
      {SourceFormat::kSquad, {}, OpenSquad},  // .json: the content decides
      {SourceFormat::kText, {".txt", ".text"}, OpenDocument},
      {SourceFormat::kMarkdown, {".md", ".markdown"}, OpenDocument},
      {SourceFormat::kHtml, {".html", ".htm", ".xhtml"}, OpenDocument},
  };
  return formats;
}

const SourceFormatEntry& EntryOf(SourceFormat format) {
  const auto formats = SourceFormats();
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [&](const auto& entry) { return entry.format == format; });
  DPR_CHECK(found != formats.end());
  return *found;
}

std::string KnownEndings() {
  std::string list;
  for (const SourceFormatEntry& entry : SourceFormats()) {
    for (const std::string_view ending : entry.endings) list += std::string(ending) + ", ";
  }
  return list + "SQuAD's .json, each also with .gz, .xz or .zst";
}

std::string NameWithoutCompression(const Path& path) {
  const std::string ending = Lower(path.extension().string());
  const bool compressed = ending == ".gz" || ending == ".xz" || ending == ".zst";
  return (compressed ? path.stem() : path.filename()).string();
}

std::optional<SourceFormat> FormatByName(const Path& path) {
  const std::string ending = Lower(Path(NameWithoutCompression(path)).extension().string());
  for (const SourceFormatEntry& entry : SourceFormats()) {
    if (std::count(entry.endings.begin(), entry.endings.end(), ending) != 0) return entry.format;
  }
  return std::nullopt;
}

std::optional<SourceFormat> FormatByContent(std::string_view beginning) {
  if (beginning.starts_with("\xef\xbb\xbf")) beginning.remove_prefix(3);
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  if (NamesColumns(line, '\t')) return SourceFormat::kTsv;
  if (NamesColumns(line, ',')) return SourceFormat::kCsv;
  beginning.remove_prefix(std::min(beginning.find_first_not_of(" \t\r\n"), beginning.size()));
  if (beginning.starts_with('{')) return FormatOfJson(beginning);
  if (beginning.starts_with('<') && LooksLikeHtml(beginning)) return SourceFormat::kHtml;
  return std::nullopt;
}

}  // namespace dpr
