#include "dpr/text/vocabulary_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/pair_merges.h"
#include "dpr/text/vocabulary.h"

namespace dpr {
namespace {

constexpr std::string_view kInsideWord = "##";

// Pieces and their ids, in the order of coming.
class Pieces {
 public:
  // The id of `piece`, which becomes one if it is none.
  int32_t Add(const std::string& piece) {
    const auto [found, added] = ids_.emplace(piece, static_cast<int32_t>(pieces_.size()));
    if (added) pieces_.push_back(piece);
    return found->second;
  }
  const std::string& operator[](int32_t id) const { return pieces_[static_cast<size_t>(id)]; }
  size_t size() const { return pieces_.size(); }
  std::vector<std::string> Take() { return std::move(pieces_); }

 private:
  std::vector<std::string> pieces_;
  std::unordered_map<std::string, int32_t> ids_;
};

// The ids of the alphabet: alone or at the beginning of a word, and behind other characters.
struct CharacterIds {
  int32_t first = -1, inside = -1;
};
using Characters = std::unordered_map<char32_t, CharacterIds>;

// The characters of the alphabet in `word`: visit(ids, is_first).
template <typename Visit>
void ForEachCharacter(std::string_view word, Characters& characters, Visit visit) {
  for (size_t at = 0; at < word.size();) {
    const bool is_first = at == 0;
    const auto found = characters.find(NextCodePoint(word, at));
    if (found != characters.end()) visit(found->second, is_first);
  }
}

std::string Utf8(char32_t character) {
  std::string text;
  AppendUtf8(character, text);
  return text;
}

}  // namespace

VocabularyTrainer::VocabularyTrainer(const VocabularyTrainerOptions& options)
    : options_(options), splitter_(options.text) {}

void VocabularyTrainer::Add(std::string_view text) {
  splitter_.Split(text, [&](std::string_view word) {
    const auto found = words_.find(word);
    if (found == words_.end()) {
      words_.emplace(word, 1);
    } else {
      ++found->second;
    }
    return true;
  });
}

std::vector<char32_t> VocabularyTrainer::Alphabet() const {
  std::unordered_map<char32_t, int64_t> counts;
  for (const auto& [word, count] : words_) {
    for (size_t at = 0; at < word.size();) counts[NextCodePoint(word, at)] += count;
  }
  std::vector<std::pair<int64_t, char32_t>> by_frequency;
  for (const auto& [character, count] : counts) by_frequency.emplace_back(-count, character);
  std::sort(by_frequency.begin(), by_frequency.end());
  by_frequency.resize(std::min(by_frequency.size(), options_.alphabet));
  std::vector<char32_t> alphabet;
  for (const auto& [count, character] : by_frequency) alphabet.push_back(character);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

std::vector<std::string> VocabularyTrainer::Learn(size_t size) const {
  if (size > Vocabulary::kMaxPieces) {
    throw Error(ErrorCode::kUsage, fmt::format("a vocabulary of {} pieces", size), {},
                fmt::format("Ask for at most {}", Vocabulary::kMaxPieces));
  }
  Pieces pieces;
  const Vocabulary names;
  for (const std::string& special :
       {names.padding, names.unknown, names.classification, names.separator, names.mask}) {
    pieces.Add(special);
  }

  Characters characters;
  const std::vector<char32_t> alphabet = Alphabet();
  for (const char32_t c : alphabet) characters[c].first = pieces.Add(Utf8(c));
  for (const auto& [word, count] : words_) {
    ForEachCharacter(word, characters, [](CharacterIds& ids, bool is_first) {
      if (!is_first) ids.inside = 0;
    });
  }
  for (const char32_t c : alphabet) {
    int32_t& inside = characters[c].inside;
    if (inside == 0) inside = pieces.Add(std::string(kInsideWord) + Utf8(c));
  }

  PairMerges merges;
  std::vector<int32_t> symbols;
  for (const auto& [word, count] : words_) {
    symbols.clear();
    ForEachCharacter(word, characters, [&](const CharacterIds& ids, bool is_first) {
      symbols.push_back(is_first ? ids.first : ids.inside);
    });
    if (symbols.size() > 1) merges.AddWord(symbols, count);
  }
  while (pieces.size() < size) {
    const std::optional<SymbolPair> pair = merges.MostFrequent();
    if (!pair || pair->count < options_.min_frequency) break;
    const int32_t merged =
        pieces.Add(pieces[pair->left] + pieces[pair->right].substr(kInsideWord.size()));
    merges.Merge(pair->left, pair->right, merged);
  }
  return pieces.Take();
}

void WriteVocabularyText(const Path& path, std::span<const std::string> pieces) {
  std::string text;
  for (const std::string& piece : pieces) {
    text += piece;
    text += '\n';
  }
  WriteFileAtomically(path, text);
}

}  // namespace dpr
