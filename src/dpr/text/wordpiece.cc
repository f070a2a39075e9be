#include "dpr/text/wordpiece.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/text/added_tokens.h"
#include "dpr/text/piece_trie.h"
#include "dpr/text/word_splitter.h"

namespace dpr {
namespace {

constexpr size_t kUnlimited = std::numeric_limits<size_t>::max();
constexpr std::string_view kInsideWord = "##";

[[noreturn]] void FailTooLarge() {
  throw Error(ErrorCode::kInvalid, "the tokenizer's vocabulary is too large", {},
              "Check that the tokenizer's files are those of the model");
}

bool ContinuesWord(std::string_view piece) {
  return piece.size() > kInsideWord.size() && piece.starts_with(kInsideWord);
}

void CheckMaxLength(int max_length, int least) {
  if (max_length >= least) return;
  throw Error(ErrorCode::kUsage, fmt::format("a maximum length of {} tokens", max_length), "",
              fmt::format("Give at least {}: the special tokens need that many", least));
}

// How many tokens a pair keeps of `first` and `second` when it may have `room` in all. The rule is
// the reference's: when both must be cut, the one that was shorter (the first, of equals) gets the
// smaller half.
std::pair<size_t, size_t> CutLongestFirst(size_t first, size_t second, size_t room) {
  if (first + second <= room) return {first, second};
  const bool swapped = first > second;
  size_t shorter = std::min(first, second);
  size_t longer = room >= 2 * shorter ? room - shorter : shorter;
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = room - shorter;
  }
  return swapped ? std::pair{longer, shorter} : std::pair{shorter, longer};
}

}  // namespace

struct WordPiece::Tables {
  explicit Tables(Vocabulary given);

  Vocabulary vocabulary;
  WordSplitter splitter;
  PieceTrie trie;
  PieceTrie::Node initial = trie.AddRoot(), inside = trie.AddRoot();
  AddedTokenFinder written, normalized;  // tokens found in the text before, and after, normalising
  int32_t unk_id = 0, cls_id = 0, sep_id = 0;

 private:
  void AddPieces();
  void AddTokens();
  void Add(const AddedToken& token);
  int32_t PieceId(std::string_view piece) const;  // -1: it is none
  int32_t SpecialId(const std::string& content) const;
};

WordPiece::Tables::Tables(Vocabulary given)
    : vocabulary(std::move(given)), splitter(vocabulary.options) {
  AddPieces();
  AddTokens();
  unk_id = SpecialId(vocabulary.unknown);
  cls_id = SpecialId(vocabulary.classification);
  sep_id = SpecialId(vocabulary.separator);
}

void WordPiece::Tables::AddPieces() {
  for (size_t i = 0; i < vocabulary.pieces.size(); ++i) {
    const std::string_view piece = vocabulary.pieces[i];
    if (piece.empty()) continue;
    const bool added = ContinuesWord(piece) ? trie.Insert(inside, piece.substr(kInsideWord.size()),
                                                          static_cast<int32_t>(i))
                                            : trie.Insert(initial, piece, static_cast<int32_t>(i));
    if (!added) FailTooLarge();
  }
}

int32_t WordPiece::Tables::PieceId(std::string_view piece) const {
  const bool continues = ContinuesWord(piece);
  if (continues) piece.remove_prefix(kInsideWord.size());
  const PieceTrie::Match match = trie.Longest(continues ? inside : initial, piece);
  return match.size == piece.size() ? match.value : PieceTrie::kNone;
}

// All of them are added tokens by now.
int32_t WordPiece::Tables::SpecialId(const std::string& content) const {
  for (const AddedToken& token : vocabulary.added_tokens) {
    if (token.content == content) return token.id;
  }
  throw Error(ErrorCode::kInvalid, fmt::format("the tokenizer's vocabulary lacks \"{}\"", content),
              {}, "Check that the tokenizer's files are those of the model");
}

// Of those of the same content the last counts; without an id of its own it keeps the other's.
void WordPiece::Tables::AddTokens() {
  std::vector<AddedToken> tokens = std::exchange(vocabulary.added_tokens, {});
  for (const std::string& name : {vocabulary.unknown, vocabulary.classification,
                                  vocabulary.separator, vocabulary.padding, vocabulary.mask}) {
    // At the front, where what the files say of them overrules this.
    if (PieceId(name) >= 0) tokens.emplace(tokens.begin())->content = name;
  }
  std::unordered_map<std::string, size_t> places;
  for (AddedToken& token : tokens) {
    const auto [place, is_new] = places.emplace(token.content, vocabulary.added_tokens.size());
    if (is_new) {
      vocabulary.added_tokens.push_back(std::move(token));
    } else {
      AddedToken& same = vocabulary.added_tokens[place->second];
      if (token.id < 0) token.id = same.id;
      same = std::move(token);
    }
  }
  for (AddedToken& token : vocabulary.added_tokens) {
    const int32_t piece = PieceId(token.content);
    if (piece >= 0) token.id = piece;
    if (token.id < 0) token.id = static_cast<int32_t>(vocabulary.pieces.size());
    Add(token);
  }
}

void WordPiece::Tables::Add(const AddedToken& token) {
  const auto place = static_cast<size_t>(token.id);
  if (place >= Vocabulary::kMaxPieces) FailTooLarge();
  if (place >= vocabulary.pieces.size()) vocabulary.pieces.resize(place + 1);
  vocabulary.pieces[place] = token.content;
  if (!token.normalized) {
    if (!written.Add(token.content, token, token.id)) FailTooLarge();
    return;
  }
  const std::string pattern = splitter.normalizer().Normalize(token.content);
  if (!pattern.empty() && !normalized.Add(pattern, token, token.id)) FailTooLarge();
}

// One text becoming ids. Stops soon after `limit` ids in all.
class WordPiece::Tokenization {
 public:
  Tokenization(const Tables& tables, std::vector<int32_t>& ids, size_t limit)
      : tables_(tables), ids_(ids), limit_(limit) {}

  void Run(std::string_view text) {
    tables_.written.Split(
        text, [&](std::string_view part) { Part(part); }, [&](int32_t id) { Token(id); });
  }

 private:
  bool full() const { return ids_.size() > limit_; }
  void Token(int32_t id) {
    if (!full()) ids_.push_back(id);
  }
  void Part(std::string_view text) {
    if (full()) return;
    const auto visit = [&](std::string_view word) {
      Word(word);
      return !full();
    };
    if (tables_.normalized.empty()) {
      tables_.splitter.Split(text, visit);
      return;
    }
    tables_.normalized.Split(
        tables_.splitter.normalizer().Normalize(text),
        [&](std::string_view part) {
          if (!full()) tables_.splitter.SplitNormalized(part, visit);
        },
        [&](int32_t id) { Token(id); });
  }
  void Word(std::string_view word);
  bool IsTooLong(std::string_view word) const;

  const Tables& tables_;
  std::vector<int32_t>& ids_;
  const size_t limit_;
};

bool WordPiece::Tokenization::IsTooLong(std::string_view word) const {
  const auto longest = static_cast<size_t>(tables_.vocabulary.max_word_characters);
  if (word.size() <= longest) return false;
  const auto begins_character = [](char byte) { return (byte & 0xC0) != 0x80; };
  return static_cast<size_t>(std::count_if(word.begin(), word.end(), begins_character)) > longest;
}

void WordPiece::Tokenization::Word(std::string_view word) {
  const size_t before = ids_.size();
  PieceTrie::Node root = tables_.initial;
  std::string_view rest = IsTooLong(word) ? std::string_view() : word;
  while (!rest.empty()) {
    const PieceTrie::Match piece = tables_.trie.Longest(root, rest);
    if (piece.size == 0) break;
    ids_.push_back(piece.value);
    rest.remove_prefix(piece.size);
    root = tables_.inside;
  }
  if (rest.empty() && ids_.size() > before) return;
  ids_.resize(before);
  ids_.push_back(tables_.unk_id);
}

WordPiece::WordPiece(Vocabulary vocabulary)
    : tables_(std::make_unique<const Tables>(std::move(vocabulary))) {}

WordPiece::WordPiece(std::vector<std::string> pieces, const WordPieceOptions& options)
    : WordPiece([&] {
        Vocabulary vocabulary;
        vocabulary.pieces = std::move(pieces);
        vocabulary.options = options;
        return vocabulary;
      }()) {}

WordPiece WordPiece::FromFolder(const Path& folder) {
  Vocabulary vocabulary = ReadVocabulary(folder);
  try {
    return WordPiece(std::move(vocabulary));
  } catch (const Error& error) {
    throw Error(error.code(), error.problem(), folder.string(), error.hint());
  }
}

WordPiece::WordPiece(WordPiece&&) noexcept = default;
WordPiece& WordPiece::operator=(WordPiece&&) noexcept = default;
WordPiece::~WordPiece() = default;

void WordPiece::Tokenize(std::string_view text, std::vector<int32_t>& ids) const {
  Tokenization(*tables_, ids, kUnlimited).Run(text);
}

bool WordPiece::Encode(std::string_view text, int max_length, std::vector<int32_t>& ids) const {
  CheckMaxLength(max_length, 2);
  ids.push_back(tables_->cls_id);
  const size_t limit = ids.size() + static_cast<size_t>(max_length) - 2;
  Tokenization(*tables_, ids, limit).Run(text);
  const bool cut = ids.size() > limit;
  if (cut) ids.resize(limit);
  ids.push_back(tables_->sep_id);
  return cut;
}

bool WordPiece::EncodePair(std::string_view first, std::string_view second, int max_length,
                           std::vector<int32_t>& ids) const {
  CheckMaxLength(max_length, 3);
  const size_t room = static_cast<size_t>(max_length) - 3;
  ids.push_back(tables_->cls_id);
  const size_t first_begin = ids.size();
  Tokenization(*tables_, ids, kUnlimited).Run(first);
  const size_t first_size = ids.size() - first_begin;
  ids.push_back(tables_->sep_id);
  const size_t second_begin = ids.size();
  // More of the second cannot change the cut: it is the longer one by then.
  Tokenization(*tables_, ids, second_begin + std::max(first_size, room)).Run(second);
  const size_t second_size = ids.size() - second_begin;

  const auto [first_kept, second_kept] = CutLongestFirst(first_size, second_size, room);
  ids.resize(second_begin + second_kept);
  ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(first_begin + first_kept),
            ids.begin() + static_cast<std::ptrdiff_t>(first_begin + first_size));
  ids.push_back(tables_->sep_id);
  return first_kept + second_kept < first_size + second_size;
}

const std::vector<std::string>& WordPiece::pieces() const { return tables_->vocabulary.pieces; }
const WordPieceOptions& WordPiece::options() const { return tables_->vocabulary.options; }
int32_t WordPiece::unk_id() const { return tables_->unk_id; }
int32_t WordPiece::cls_id() const { return tables_->cls_id; }
int32_t WordPiece::sep_id() const { return tables_->sep_id; }

}  // namespace dpr
