#include "dpr/lexical/analyzer.h"

#include <xapian.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// Lucene's English stop words.
constexpr std::array<std::string_view, 33> kEnglishStopWords = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

bool IsEnglishStopWord(std::string_view word) {
  return std::binary_search(kEnglishStopWords.begin(), kEnglishStopWords.end(), word);
}

constexpr const char* kPossessives[] = {"'s", "\u2019s", "\uFF07s"};

std::string_view WithoutPossessive(std::string_view word) {
  for (const std::string_view ending : kPossessives) {
    if (word.ends_with(ending)) return word.substr(0, word.size() - ending.size());
  }
  return word;
}

// Cut before the first character that does not fit.
void CutTerm(std::string& term) {
  if (term.size() <= Analyzer::kLongestTerm) return;
  size_t end = Analyzer::kLongestTerm;
  while ((term[end] & 0xC0) == 0x80) --end;
  term.resize(end);
}

}  // namespace

// A word is stemmed once and then remembered: half the words of a text are a few hundred words.
struct Analyzer::Stemmer {
  explicit Stemmer(const std::string& language) : stem(language) {}

  static constexpr size_t kMostRemembered = 1 << 16;

  const std::string& Of(const std::string& word) {
    if (const auto found = remembered.find(word); found != remembered.end()) return found->second;
    if (remembered.size() == kMostRemembered) remembered.clear();
    return remembered.emplace(word, stem(word)).first->second;
  }

  Xapian::Stem stem;
  std::unordered_map<std::string, std::string> remembered;
};

std::vector<std::string> Analyzer::Languages() {
  std::vector<std::string> languages = {"none"};
  std::string name;
  for (const char c : Xapian::Stem::get_available_languages() + " ") {
    if (c != ' ') {
      name.push_back(c);
    } else if (!name.empty()) {
      languages.push_back(std::exchange(name, {}));
    }
  }
  std::sort(languages.begin(), languages.end());
  return languages;
}

Analyzer::Analyzer(const AnalyzerSettings& settings) : settings_(settings) {
  const std::vector<std::string> known = Languages();
  if (std::find(known.begin(), known.end(), settings.language) == known.end()) {
    std::string list;
    for (const std::string& language : known) list += (list.empty() ? "" : ", ") + language;
    throw Error(ErrorCode::kUsage,
                "there is no stemmer for the language \"" + settings.language + "\"", {},
                "There is one for: " + list);
  }
  if (settings.language != "none") stemmer_ = std::make_unique<Stemmer>(settings.language);
}

Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

void Analyzer::ForEachTerm(std::string_view text, const WordBreaker::Visitor& visit) {
  const bool porter = settings_.language == "porter";
  const bool english = porter || settings_.language == "english";
  words_.ForEachWord(text, [&](std::string_view word) {
    if (porter) word = WithoutPossessive(word);
    if (word.empty() || (english && IsEnglishStopWord(word))) return;
    term_.assign(word);
    CutTerm(term_);
    if (stemmer_ != nullptr) term_ = stemmer_->Of(term_);
    CutTerm(term_);                    // some stemmers write a letter as two
    if (!term_.empty()) visit(term_);  // and some leave nothing of a short word
  });
}

std::vector<TermCount> Analyzer::CountTerms(std::string_view text) {
  std::vector<TermCount> counts;
  std::unordered_map<std::string, size_t> places;
  ForEachTerm(text, [&](std::string_view term) {
    const auto [place, is_new] = places.try_emplace(std::string(term), counts.size());
    if (is_new) counts.push_back({std::string(term), 0});
    ++counts[place->second].count;
  });
  return counts;
}

}  // namespace dpr
