// Opens one file with the reader of its format, after a look at how it begins.
#include "dpr/data/passage_source.h"

#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/data/passage_readers.h"
#include "dpr/data/record_check.h"
#include "dpr/data/source_format.h"

namespace dpr {

std::unique_ptr<PassageReader> OpenSource(const SourceFile& file, const SourceOptions& options) {
  std::unique_ptr<ByteStream> stream = OpenStream(file.path);
  const std::string beginning = PeekBeginning(stream, kPeekedBytes);
  RequireUtf8File(beginning, stream->name());
  SourceFile opened = file;
  if (opened.format == SourceFormat::kByContent) {
    opened.format = FormatByContent(beginning).value_or(SourceFormat::kText);
  }
  if (beginning.empty() && !(opened.is_document() && !file.folder.empty())) {
    throw Error(ErrorCode::kInvalid, "the file is empty", stream->name(),
                "Leave it out, or look why nothing was written to it");
  }
  return EntryOf(opened.format).open(std::move(stream), opened, options);
}

}  // namespace dpr
