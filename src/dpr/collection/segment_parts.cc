#include "dpr/collection/segment_parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/json_count.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/passage_store.h"
#include "dpr/lexical/lexical_builder.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kRowsAtATime = 1024;
constexpr int64_t kBytesAtATime = int64_t{8} << 20;

std::vector<Passage> ReadRows(const PassageStore& store, int64_t row, int64_t most) {
  std::vector<Passage> passages = store.GetFrom(row, most, kBytesAtATime);
  if (passages.empty()) store.Get(row);  // throws: the row is missing
  return passages;
}

// Puts `file` into segment.json, in the place of one of the same name.
void NameFile(const Path& folder, SegmentContent content, SegmentFile file) {
  std::erase_if(content.files, [&](const SegmentFile& f) { return f.name == file.name; });
  content.files.push_back(std::move(file));
  WriteSegment(folder, content);
}

bool HasLexical(const Path& folder, const AnalyzerSettings& settings) {
  if (ReadSegment(folder).Find(kLexicalFile) == nullptr) return false;
  const auto made = LexicalSettingsOf(folder / kLexicalFile);
  return made && *made == settings;
}

// Vectors in the making, and beside them how far they are.
class GrowingVectors {
 public:
  GrowingVectors(const Path& folder, const EncoderRecord& encoder)
      : folder_(folder),
        encoder_(encoder.fingerprint),
        counts_(ReadProgress()),
        vectors_(VectorFileWriter::Resume(folder / kGrowingVectorsFile, encoder.dimensions,
                                          counts_.texts)) {}

  int64_t rows() const { return vectors_.rows(); }
  const EncodeCounts& counts() const { return counts_; }

  void Append(ConstFloatView vectors, const EncodeCounts& counts) {
    vectors_.Append(vectors);
    vectors_.Sync();
    KillPoint("vectors.synced");
    counts_.texts += vectors.rows;
    counts_.tokens += counts.tokens;
    counts_.truncated += counts.truncated;
    const Json progress = {{"encoder", encoder_},
                           {"rows", counts_.texts},
                           {"tokens", counts_.tokens},
                           {"truncated", counts_.truncated}};
    WriteFileAtomically(folder_ / kGrowingVectorsRecord, progress.dump());
    KillPoint("vectors.block");
  }

  void Finish() {
    vectors_.Finish();
    RenameDurably(folder_ / kGrowingVectorsFile, folder_ / kVectorsFile);
    KillPoint("vectors.renamed");
  }

 private:
  // Nothing when there is none, or another encoder's.
  EncodeCounts ReadProgress() const {
    std::error_code code;
    if (!fs::exists(folder_ / kGrowingVectorsRecord, code)) return {};
    const Json json = Json::parse(ReadFile(folder_ / kGrowingVectorsRecord), nullptr, false);
    if (!json.is_object() || !json.contains("encoder") || json["encoder"] != encoder_) return {};
    const Path growing = folder_ / kGrowingVectorsFile;
    // A kill between the last rename and segment.json, which does not name the file.
    if (!fs::exists(growing, code)) RenameDurably(folder_ / kVectorsFile, growing);
    return {Count(json, "rows"), Count(json, "tokens"), Count(json, "truncated")};
  }

  Path folder_;
  std::string encoder_;
  EncodeCounts counts_;  // texts: rows
  VectorFileWriter vectors_;
};

// Vectors of another encoder, which a killed run gave to the segment and the manifest never named.
void RemoveVectors(const Path& folder, SegmentContent& content) {
  std::erase_if(content.files, [](const SegmentFile& f) {
    return f.name == kVectorsFile || f.name == kCodesFile;
  });
  content.dimensions = 0;
  content.encoder.clear();
  content.counts = {};
  WriteSegment(folder, content);
  RemoveAll(folder / kVectorsFile);
  RemoveAll(folder / kCodesFile);
}

// A database in another language, which a killed run gave to the segment and the manifest never
// named.
void RemoveLexical(const Path& folder) {
  SegmentContent content = ReadSegment(folder);
  if (content.Find(kLexicalFile) == nullptr) return;
  std::erase_if(content.files, [](const SegmentFile& f) { return f.name == kLexicalFile; });
  WriteSegment(folder, content);
  RemoveAll(folder / kLexicalFile);
}

void AddVectorsToSegment(const Path& folder, const PassageEncoder& encoder, int64_t block,
                         Progress& progress) {
  SegmentContent content = ReadSegment(folder);
  if (content.dimensions > 0) RemoveVectors(folder, content);
  const EncoderRecord& record = encoder.record();
  const PassageStore store(folder / kPassagesFile, content.rows);
  GrowingVectors vectors(folder, record);
  progress.Advance(static_cast<uint64_t>(vectors.rows()));
  while (vectors.rows() < content.rows) {
    const int64_t most = std::min(block, content.rows - vectors.rows());
    const std::vector<Passage> passages = ReadRows(store, vectors.rows(), most);
    Matrix encoded(static_cast<int64_t>(passages.size()), record.dimensions);
    const EncodeCounts counts = encoder.Encode(passages, encoded.view());
    vectors.Append(encoded.view(), counts);
    progress.Advance(passages.size());
  }
  vectors.Finish();
  content.dimensions = record.dimensions;
  content.encoder = record.fingerprint;
  content.counts = {vectors.counts().tokens, vectors.counts().truncated};
  NoProgress silent;  // the bar is about passages
  content.files.push_back(BuildCodesFile(folder, silent));
  NameFile(folder, content, MeasureFile(folder, kVectorsFile));
  RemoveAll(folder / kGrowingVectorsRecord);
}

bool HasSoundCodes(const Path& folder, const SegmentContent& content) {
  if (content.Find(kCodesFile) == nullptr) return false;
  try {
    const CodeFile codes(folder / kCodesFile);
    codes.Verify();
    return codes.rows() == content.rows &&
           codes.vectors() == VectorFile(folder / kVectorsFile).checksum();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

SegmentFile BuildLexicalFile(const Path& folder, int64_t rows, const AnalyzerSettings& settings,
                             Progress& progress) {
  const PassageStore store(folder / kPassagesFile, rows);
  LexicalBuilder builder(folder / kLexicalFile, settings);
  progress.Stage("BM25", static_cast<uint64_t>(rows), "passages");
  for (int64_t row = 0; row < rows;) {
    const std::vector<Passage> passages = ReadRows(store, row, std::min(kRowsAtATime, rows - row));
    for (const Passage& passage : passages) builder.Add(passage.title, passage.text);
    row += static_cast<int64_t>(passages.size());
    progress.Advance(passages.size());
  }
  KillPoint("lexical.added");
  builder.Finish();
  KillPoint("lexical.finished");
  return MeasureFile(folder, kLexicalFile);
}

SegmentFile BuildCodesFile(const Path& folder, Progress& progress) {
  WriteCodeFile(folder / kCodesFile, VectorFile(folder / kVectorsFile), progress);
  KillPoint("codes.finished");
  return MeasureFile(folder, kCodesFile);
}

int64_t AddCodes(WriterSession& session, Progress& progress) {
  int64_t given = 0;
  for (const SegmentRecord& record : session.manifest().segments) {
    const Path folder = session.layout().segment(record.name);
    const SegmentContent content = ReadSegment(folder);
    if (content.dimensions == 0 || HasSoundCodes(folder, content)) continue;
    NameFile(folder, content, BuildCodesFile(folder, progress));
    ++given;
  }
  return given;
}

void AddLexical(WriterSession& session, const LexicalRecord& lexical, Progress& progress) {
  for (const SegmentRecord& record : session.manifest().segments) {
    const Path folder = session.layout().segment(record.name);
    if (HasLexical(folder, lexical.analyzer)) continue;
    RemoveLexical(folder);
    SegmentFile file = BuildLexicalFile(folder, record.rows, lexical.analyzer, progress);
    NameFile(folder, ReadSegment(folder), std::move(file));
  }
  Manifest next = session.manifest();
  next.lexical = lexical;
  session.Commit(std::move(next), session.deleted());
  KillPoint("lexical.recorded");
}

void AddVectors(WriterSession& session, const PassageEncoder& encoder, int64_t block_passages,
                Progress& progress) {
  progress.Stage("encoding", static_cast<uint64_t>(session.manifest().rows()), "passages");
  for (const SegmentRecord& record : session.manifest().segments) {
    const Path folder = session.layout().segment(record.name);
    if (ReadSegment(folder).encoder == encoder.record().fingerprint) {
      progress.Advance(static_cast<uint64_t>(record.rows));
      RemoveAll(folder / kGrowingVectorsRecord);
    } else {
      AddVectorsToSegment(folder, encoder, block_passages, progress);
    }
  }
  Manifest next = session.manifest();
  next.encoder = encoder.record();
  session.Commit(std::move(next), session.deleted());
  KillPoint("vectors.recorded");
}

}  // namespace dpr
