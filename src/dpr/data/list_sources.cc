// Walks over what the user names: ListSources of passage_source.h.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <unordered_set>

#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/record_check.h"
#include "dpr/data/source_format.h"

namespace dpr {
namespace {

struct Status {
  enum Kind { kMissing, kFile, kFolder, kOther } kind = kMissing;
  std::pair<dev_t, ino_t> identity;
};

// Follows links. A link that leads nowhere is missing.
Status StatusOf(const Path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return {};
    ThrowErrno("read the status", path.string());
  }
  const auto kind = S_ISREG(status.st_mode)   ? Status::kFile
                    : S_ISDIR(status.st_mode) ? Status::kFolder
                                              : Status::kOther;
  return {kind, {status.st_dev, status.st_ino}};
}

void RequireReadable(const Path& path) {
  if (::access(path.c_str(), R_OK) != 0) ThrowErrno("read", path.string());
}

// By name, else by content.
std::optional<SourceFormat> FindFormat(const Path& path) {
  if (const auto format = FormatByName(path)) return format;
  std::unique_ptr<ByteStream> stream = OpenStream(path);
  return FormatByContent(PeekBeginning(stream, kPeekedBytes));
}

bool IsJson(const Path& path) { return Path(NameWithoutCompression(path)).extension() == ".json"; }

// One spelling of a path, wherever the command is given: absolute, without "." and "..".
std::string KeyOf(const Path& path) {
  const Path normal = std::filesystem::absolute(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).string();
}

// The folder that a file's page is below.
Path RootOf(const SourceFile& file) {
  return file.folder.empty() ? Path(file.key).parent_path() : Path(file.folder);
}

// The last `depth` names of a path.
Path LastNames(const Path& path, int depth) {
  Path names;
  Path rest = path;
  for (int i = 0; i < depth && rest.has_filename(); ++i) {
    names = names.empty() ? rest.filename() : rest.filename() / names;
    rest = rest.parent_path();
  }
  return names;
}

// Documents are called by their pages: where two folders have the same one, the pages of both begin
// with the folder's name, or with as many names as differ.
void TellPagesApart(std::vector<SourceFile>& sources) {
  std::map<std::string, std::set<Path>> roots_of_page;
  for (const SourceFile& file : sources) {
    if (file.is_document()) roots_of_page[file.page].insert(RootOf(file));
  }
  std::set<Path> clashing;
  for (const auto& [page, roots] : roots_of_page) {
    if (roots.size() > 1) clashing.insert(roots.begin(), roots.end());
  }
  if (clashing.empty()) return;
  const auto differ = [&](int depth) {
    std::set<Path> names;
    for (const Path& root : clashing) names.insert(LastNames(root, depth));
    return names.size() == clashing.size();
  };
  int depth = 1;
  while (!differ(depth)) ++depth;
  for (SourceFile& file : sources) {
    const Path root = RootOf(file);
    if (clashing.contains(root)) file.page = (LastNames(root, depth) / file.page).string();
  }
}

enum class Missing { kFail, kFollow };

class SourceLister {
 public:
  SourceLister(const std::vector<Path>& arguments, Missing missing) : missing_(missing) {
    for (const Path& argument : arguments) AddArgument(argument);
    TellPagesApart(sources);
  }

  void AddArgument(const Path& argument) {
    if (argument == "-") {
      return Add({argument, "-", "", "standard-input", SourceFormat::kByContent});
    }
    const Status status = StatusOf(argument);
    if (status.kind == Status::kMissing || status.kind == Status::kFolder) {
      followed.push_back(KeyOf(argument));
    }
    if (status.kind == Status::kMissing) {
      if (missing_ == Missing::kFollow) return;
      throw Error(ErrorCode::kNotFound, "there is no such file or folder", argument.string(),
                  "Check the path");
    }
    RequireReadable(argument);
    if (status.kind == Status::kFolder) {
      visited_.clear();
      AddFolder(argument, "", KeyOf(argument));
    } else {
      AddNamedFile(argument, status);
    }
  }

  std::vector<SourceFile> sources;
  std::vector<std::string> followed;
  int64_t skipped = 0;

 private:
  void Add(SourceFile file) {
    if (!IsUtf8(file.key)) {
      throw Error(ErrorCode::kInvalid, "the name is not valid UTF-8", file.key, "Rename it");
    }
    if (!keys_.insert(file.key).second) {
      throw Error(ErrorCode::kUsage, "the source is given twice", file.key, "Give it once");
    }
    sources.push_back(std::move(file));
  }

  void AddNamedFile(const Path& path, const Status& status) {
    SourceFile file{path, KeyOf(path), "", path.filename().string(), SourceFormat::kByContent};
    if (status.kind == Status::kOther) {  // a pipe: reading ahead would lose what is read
      file.format = FormatByName(path).value_or(SourceFormat::kByContent);
      return Add(std::move(file));
    }
    const auto format = FindFormat(path);
    if (!format && FileSize(path) > 0) {
      throw Error(ErrorCode::kUnsupported,
                  "neither its name nor its content is of a format that dpr reads", path.string(),
                  "Known are " + KnownEndings());
    }
    file.format = format.value_or(SourceFormat::kText);
    Add(std::move(file));
  }

  // In name order. A BEIR folder is its corpus: what is beside and below that are questions,
  // judgements and the like.
  void AddFolder(const Path& folder, const Path& below, const std::string& argument) {
    if (!visited_.insert(StatusOf(folder).identity).second) return;
    std::vector<Path> names = NamesIn(folder);
    const auto corpus = std::find_if(names.begin(), names.end(), [&](const Path& name) {
      return NameWithoutCompression(name) == "corpus.jsonl" &&
             StatusOf(folder / name).kind == Status::kFile;
    });
    if (corpus != names.end()) names = {*corpus};
    for (const Path& name : names) {
      const Status status = StatusOf(folder / name);
      if (status.kind == Status::kFolder) {
        AddFolder(folder / name, below / name, argument);
      } else if (const auto format = FormatOfFound(folder / name, status)) {
        const Path path = folder / name;
        Add({path, KeyOf(path), argument, (below / name).string(), *format});
      } else {
        ++skipped;
      }
    }
  }

  static std::optional<SourceFormat> FormatOfFound(const Path& path, const Status& status) {
    if (status.kind != Status::kFile || !(FormatByName(path) || IsJson(path))) return std::nullopt;
    RequireReadable(path);
    return FindFormat(path);
  }

  // Sorted, without hidden ones.
  static std::vector<Path> NamesIn(const Path& folder) {
    std::vector<Path> names;
    std::error_code code;
    std::filesystem::directory_iterator entry(folder, code);
    for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
      Path name = entry->path().filename();
      if (!name.string().starts_with('.')) names.push_back(std::move(name));
    }
    if (code) {
      errno = code.value();
      ThrowErrno("list the folder", folder.string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const Missing missing_;
  std::set<std::pair<dev_t, ino_t>> visited_;  // folders, so that links in a circle end
  std::unordered_set<std::string> keys_;
};

}  // namespace

FollowedSources FollowSources(const std::vector<Path>& paths, int64_t* skipped) {
  SourceLister lister(paths, Missing::kFollow);
  if (skipped != nullptr) *skipped = lister.skipped;
  return {std::move(lister.sources), std::move(lister.followed)};
}

std::vector<SourceFile> ListSources(const std::vector<Path>& paths, int64_t* skipped) {
  SourceLister lister(paths, Missing::kFail);
  if (skipped != nullptr) *skipped = lister.skipped;
  if (lister.sources.empty()) {
    throw Error(ErrorCode::kNotFound, "there is no file with passages here",
                paths.empty() ? "" : paths.front().string(), "Known are " + KnownEndings());
  }
  return std::move(lister.sources);
}

}  // namespace dpr
