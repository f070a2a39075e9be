// Where an encoder's tokenizer comes from: the folder of a model, or a vocabulary beside a
// checkpoint that has none.
#pragma once

#include <optional>

#include "dpr/base/file.h"
#include "dpr/text/vocabulary.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

struct TokenizerFiles {
  Path path;  // a folder with tokenizer.json or vocab.txt, or a vocab.txt alone
  // Overrules what the folder says; a vocab.txt alone says nothing.
  std::optional<bool> lower_case = std::nullopt;
};

// Errors name the file at fault (text/vocabulary.h).
WordPiece OpenTokenizer(const TokenizerFiles& files);

// What a folder's tokenizer files, or a vocab.txt alone, say.
Vocabulary ReadVocabularyFiles(const Path& path);
// Writes vocab.txt and tokenizer_config.json, which `transformers` reads, too.
void WriteVocabulary(const Vocabulary& vocabulary, const Path& folder);

// Writes files into `folder` that give the same tokenizer, here and in `transformers`: copies of a
// folder's own, or else a vocab.txt and a tokenizer_config.json.
void WriteTokenizer(const TokenizerFiles& files, const Path& folder);

}  // namespace dpr
