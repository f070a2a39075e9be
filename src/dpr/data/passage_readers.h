// One reader for each format, over any stream of bytes: what OpenSource chooses from, and what
// fuzzers and tests give bytes in memory.
#pragma once

#include <memory>
#include <string>

#include "dpr/base/stream.h"
#include "dpr/data/passage_source.h"

namespace dpr {

using PassageOpener = std::unique_ptr<PassageReader> (*)(std::unique_ptr<ByteStream> stream,
                                                         const SourceFile& file,
                                                         const SourceOptions& options);

std::unique_ptr<PassageReader> OpenTsv(std::unique_ptr<ByteStream>, const SourceFile&,
                                       const SourceOptions&);
std::unique_ptr<PassageReader> OpenCsv(std::unique_ptr<ByteStream>, const SourceFile&,
                                       const SourceOptions&);
std::unique_ptr<PassageReader> OpenJsonl(std::unique_ptr<ByteStream>, const SourceFile&,
                                         const SourceOptions&);
std::unique_ptr<PassageReader> OpenSquad(std::unique_ptr<ByteStream>, const SourceFile&,
                                         const SourceOptions&);
std::unique_ptr<PassageReader> OpenDocument(std::unique_ptr<ByteStream>, const SourceFile&,
                                            const SourceOptions&);

// The part that they share: malformed records are counted or thrown.
class SkippingPassageReader : public PassageReader {
 public:
  bool Next(Passage& passage) final {
    while (true) {
      try {
        return Read(passage);
      } catch (const BadRecord& bad) {
        if (!skip_bad_) {
          throw Error(bad.code(), bad.problem(), bad.where(),
                      bad.hint() + ", or pass over such records with --skip-bad");
        }
        PassOver(bad);
      }
    }
  }

 protected:
  explicit SkippingPassageReader(bool skip_bad) : skip_bad_(skip_bad) {}

 private:
  // As Next. Overwrites every field of `passage`. After a BadRecord the next call reads the record
  // behind it.
  virtual bool Read(Passage& passage) = 0;
  bool skip_bad_;
};

// Pyserini's `contents`: where it has several lines, the first is the title.
void SplitContents(std::string_view contents, Passage& passage);

}  // namespace dpr
