// The formats of passages: what each is called, how it is recognised, which reader opens it. A new
// format is one line of the table in source_format.cc and one file with its reader.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/data/passage_readers.h"
#include "dpr/data/passage_source.h"

namespace dpr {

struct SourceFormatEntry {
  SourceFormat format;
  std::vector<std::string_view> endings;  // of file names, such as ".tsv"
  PassageOpener open;
};

std::span<const SourceFormatEntry> SourceFormats();
const SourceFormatEntry& EntryOf(SourceFormat format);  // not for kByContent
std::string KnownEndings();                             // for messages

// The file's name without ".gz", ".xz" or ".zst".
std::string NameWithoutCompression(const Path& path);
std::optional<SourceFormat> FormatByName(const Path& path);
// From how the (decompressed) content begins, kPeekedBytes of it or all. Nothing for what may be
// any text.
constexpr size_t kPeekedBytes = size_t{1} << 16;
std::optional<SourceFormat> FormatByContent(std::string_view beginning);

}  // namespace dpr
