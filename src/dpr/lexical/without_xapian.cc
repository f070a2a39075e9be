// The module in a build without BM25 (DPR_LEXICAL=OFF).
#include <utility>

#include "dpr/base/error.h"
#include "dpr/lexical/lexical_builder.h"
#include "dpr/lexical/lexical_index.h"

namespace dpr {
namespace {

[[noreturn]] void Refuse(const Path& where = {}) {
  throw Error(
      ErrorCode::kUnsupported, "this build of dpr has no BM25", where.string(),
      "Use a dpr built with -DDPR_LEXICAL=ON, or leave BM25 out; a new collection then needs "
      "an encoder (--model DIR)");
}

}  // namespace

class LexicalBuilder::Writer {};
struct LexicalIndex::State {};

LexicalBuilder::LexicalBuilder(const Path& file, const AnalyzerSettings&) { Refuse(file); }
LexicalBuilder::LexicalBuilder(LexicalBuilder&&) noexcept = default;
LexicalBuilder& LexicalBuilder::operator=(LexicalBuilder&&) noexcept = default;
LexicalBuilder::~LexicalBuilder() = default;
void LexicalBuilder::Add(std::string_view, std::string_view) { Refuse(); }
void LexicalBuilder::Finish() { Refuse(); }

std::optional<AnalyzerSettings> LexicalSettingsOf(const Path& file) { Refuse(file); }
void CheckAnalyzerSettings(const AnalyzerSettings&) { Refuse(); }
bool HasLexical() { return false; }

LexicalIndex::LexicalIndex(std::vector<LexicalSegment> segments, std::span<const uint64_t>) {
  Refuse(segments.empty() ? Path() : segments.front().file->path());
}
LexicalIndex::LexicalIndex(LexicalIndex&&) noexcept = default;
LexicalIndex& LexicalIndex::operator=(LexicalIndex&&) noexcept = default;
LexicalIndex::~LexicalIndex() = default;
const AnalyzerSettings& LexicalIndex::settings() const { Refuse(); }
const LexicalStatistics& LexicalIndex::statistics() const { Refuse(); }
std::vector<std::vector<ScoredRow>> LexicalIndex::Search(std::span<const std::string>, int64_t,
                                                         const Bm25Parameters&) const {
  Refuse();
}
std::vector<std::vector<ScoredRow>> LexicalIndex::Search(std::span<const std::string>, int64_t,
                                                         const Bm25Parameters&,
                                                         std::span<const uint64_t>) const {
  Refuse();
}
std::vector<float> LexicalIndex::Score(const std::string&, std::span<const int64_t>,
                                       const Bm25Parameters&) const {
  Refuse();
}
std::vector<int64_t> LexicalIndex::Lengths(int64_t, int64_t) const { Refuse(); }

}  // namespace dpr
