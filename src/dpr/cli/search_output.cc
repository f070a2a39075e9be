#include "dpr/cli/search_output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/report/display_width.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDefaultWidth = 100;
constexpr size_t kShownCharacters = 480;

Json MetadataOf(const StoredPassage& stored) {
  Json metadata =
      stored.passage.metadata.empty() ? Json::object() : Json::parse(stored.passage.metadata);
  // A record's own `source` stays; where the hit comes from stands beside the metadata too.
  if (!metadata.contains("source")) metadata["source"] = stored.source;
  return metadata;
}

// Where a reader would look: the page of a document, else the source and the id.
std::string PlaceOf(const StoredPassage& stored) {
  const Json metadata = MetadataOf(stored);
  if (metadata.contains("page") && metadata["page"].is_string()) {
    return metadata["page"].get<std::string>();
  }
  return stored.passage.id;
}

// "0.0328 (dense 0.6612, BM25 9.1034)"
std::string ScoreText(const FoundPassage& found) {
  std::string text = fmt::format("{:.4f}", found.score);
  if (found.dense_score && found.bm25_score) {
    text += fmt::format(" (dense {:.4f}, BM25 {:.4f})", *found.dense_score, *found.bm25_score);
  }
  return text;
}

// The beginning of a text, cut at a space.
std::string Beginning(const std::string& text) {
  if (text.size() <= kShownCharacters) return text;
  const size_t space = text.rfind(' ', kShownCharacters);
  size_t end = space == std::string::npos ? kShownCharacters : space;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " ...";
}

std::string Wrap(const std::string& text, size_t width, const std::string& indent) {
  std::string out, line;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && line.size() + 1 + word.size() + indent.size() > width) {
      out += indent + line + "\n";
      line.clear();
    }
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  if (!line.empty()) out += indent + line + "\n";
  return out;
}

}  // namespace

std::vector<FoundPassage> LookUp(const Collection& collection, std::span<const Hit> hits) {
  std::vector<int64_t> rows;
  rows.reserve(hits.size());
  for (const Hit& hit : hits) rows.push_back(hit.row);
  std::vector<StoredPassage> stored = collection.Get(rows);
  std::vector<FoundPassage> found;
  found.reserve(hits.size());
  for (size_t i = 0; i < hits.size(); ++i) {
    found.push_back({std::move(stored[i]), hits[i].score, hits[i].dense_score, hits[i].bm25_score});
  }
  return found;
}

RankedList ToRankedList(const Question& question, std::span<const FoundPassage> found) {
  RankedList list{question.id, {}};
  for (const FoundPassage& hit : found) {
    list.passages.push_back({hit.stored.passage.id, hit.score});
  }
  return list;
}

std::string SearchJson(const std::string& question, std::span<const FoundPassage> found,
                       double milliseconds) {
  Json hits = Json::array();
  for (size_t i = 0; i < found.size(); ++i) {
    const Passage& passage = found[i].stored.passage;
    hits.push_back({{"rank", i + 1},
                    {"id", passage.id},
                    {"title", passage.title},
                    {"text", passage.text},
                    {"score", found[i].score}});
    if (found[i].dense_score) hits.back()["dense_score"] = *found[i].dense_score;
    if (found[i].bm25_score) hits.back()["bm25_score"] = *found[i].bm25_score;
    hits.back()["source"] = found[i].stored.source;
    hits.back()["metadata"] = MetadataOf(found[i].stored);
  }
  const Json result = {{"question", question}, {"hits", hits}, {"milliseconds", milliseconds}};
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string SearchText(const std::string& question, std::span<const FoundPassage> found,
                       int width) {
  const std::string indent(6, ' ');
  std::string out = Printable(question) + "\n\n";
  for (size_t i = 0; i < found.size(); ++i) {
    const StoredPassage& stored = found[i].stored;
    const std::string title =
        stored.passage.title.empty() ? "(no title)" : Printable(stored.passage.title);
    out += fmt::format("{:>4}  {}  [{}]  {}\n", i + 1, title, Printable(PlaceOf(stored)),
                       ScoreText(found[i]));
    out += Wrap(Printable(Beginning(stored.passage.text)), static_cast<size_t>(std::max(width, 40)),
                indent);
    out += "\n";
  }
  if (found.empty()) out += "  no passages\n\n";
  return out;
}

int TerminalWidth() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::min<int>(size.ws_col, 120);
  }
  return kDefaultWidth;
}

}  // namespace dpr::cli
