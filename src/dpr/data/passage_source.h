// From what the user names (files, folders, "-") to a stream of passages.
//
//   ListSources(paths)  -> the files behind them, each with its format and a key that is stable
//   OpenSource(file)    -> a PassageReader over one file, streaming, decompressing on the way
//
// Formats (docs/formats/passages.md): TSV and CSV with named columns (DPR's psgs_w100 quoting
// included), JSONL (`id` or `_id`, `title`, `text`, Pyserini's `contents`, anything else becomes
// metadata), a BEIR folder, SQuAD JSON, and documents (txt, md, html), which alone are split into
// passages. gz, xz and zst work everywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/file.h"
#include "dpr/data/records.h"
#include "dpr/text/passage_splitter.h"

namespace dpr {

// kByContent: standard input and pipes, whose format is found when they are opened. Documents last.
enum class SourceFormat { kByContent, kTsv, kCsv, kJsonl, kSquad, kText, kMarkdown, kHtml };

// One file to read passages from.
struct SourceFile {
  Path path;           // where it is now; "-" is standard input
  std::string key;     // how a collection remembers it: the absolute path; "-" for standard input
  std::string folder;  // that it was found under, absolute; empty for a file given by name
  // The path below that folder (for a file given by name: its file name), behind as much of the
  // folder's own path as tells it from another folder's file.
  std::string page;
  SourceFormat format = SourceFormat::kByContent;
  bool is_document() const { return format >= SourceFormat::kText; }
};

struct SourceOptions {
  SplitOptions split;     // for documents
  bool skip_bad = false;  // count malformed records instead of throwing
};

// Expands folders (recursively, in name order, hidden files left out; files of unknown kind are
// passed over and counted in `*skipped`), recognises BEIR folders (corpus.jsonl), and finds each
// file's format by name and, where that does not tell, by content. Throws when a path is missing or
// unreadable, when a file given by name has no known format, when two sources have the same key, or
// when nothing is found.
std::vector<SourceFile> ListSources(const std::vector<Path>& paths, int64_t* skipped = nullptr);

// The same for those that are to be followed, of which nothing may be left.
struct FollowedSources {
  std::vector<SourceFile> files;
  std::vector<std::string> followed;  // keys of folders, and of what is not there
};
FollowedSources FollowSources(const std::vector<Path>& paths, int64_t* skipped = nullptr);

// Streams passages. Not thread-safe; one reader per thread.
class PassageReader {
 public:
  virtual ~PassageReader() = default;
  // False at the end. A malformed record throws kInvalid with its line, or with skip_bad is
  // counted; what concerns the whole file (a missing column, damaged compression) always throws.
  // Passages of a document get the id "PAGE#N" (N from 1) and metadata {"page":PAGE,"passage":N}.
  virtual bool Next(Passage& passage) = 0;
  virtual std::string where() const = 0;  // of the last passage: "NAME, line N"
  int64_t bad_records() const { return bad_records_; }
  // With skip_bad: is told of each record that is passed over.
  void set_on_bad(std::function<void(const Error&)> on_bad) { on_bad_ = std::move(on_bad); }

 protected:
  void PassOver(const Error& bad) {
    ++bad_records_;
    if (on_bad_) on_bad_(bad);
  }

 private:
  int64_t bad_records_ = 0;
  std::function<void(const Error&)> on_bad_;
};

// An empty file is kInvalid; an empty document that was found in a folder holds no passages.
std::unique_ptr<PassageReader> OpenSource(const SourceFile& file, const SourceOptions& options);

}  // namespace dpr
