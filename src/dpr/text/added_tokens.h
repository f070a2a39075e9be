// Finds the tokens that stand in a text as they are written ([SEP], a user's own), leftmost first
// and the longest of those that begin at one place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dpr/text/piece_trie.h"
#include "dpr/text/vocabulary.h"

namespace dpr {

// Thread-safe once built.
class AddedTokenFinder {
 public:
  AddedTokenFinder();

  // `pattern` (not empty) is what is looked for; `token` says how. False when there are too many.
  bool Add(std::string_view pattern, const AddedToken& token, int32_t id);
  bool empty() const { return tokens_.empty(); }

  struct Found {
    size_t begin, end;  // with the white space that the token takes along
    int32_t id;
  };
  // Calls between(text) for each part between tokens (none is empty) and on_token(id) for each
  // token, in order.
  template <typename Between, typename OnToken>
  void Split(std::string_view text, Between between, OnToken on_token) const {
    size_t begin = 0;   // of what has not been handed out
    size_t search = 0;  // from where tokens are looked for
    Found found{};
    while (!tokens_.empty() && Find(text, begin, search, found)) {
      if (found.begin > begin) between(text.substr(begin, found.begin - begin));
      on_token(found.id);
      begin = found.end;
    }
    if (begin < text.size()) between(text.substr(begin));
  }

 private:
  struct Token {
    int32_t id;
    bool single_word, strips_left, strips_right;
  };
  // The first token at or behind `search`, which moves behind it; white space before it is taken
  // down to `begin`.
  bool Find(std::string_view text, size_t begin, size_t& search, Found& found) const;
  size_t NextCandidate(std::string_view text, size_t at) const;

  PieceTrie trie_;
  PieceTrie::Node root_;
  std::vector<Token> tokens_;
  std::array<bool, 256> first_bytes_{};
  int distinct_first_bytes_ = 0;
  char first_byte_ = 0;  // when there is one only
};

}  // namespace dpr
