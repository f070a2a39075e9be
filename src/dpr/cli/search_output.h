// What `dpr search` shows of the passages it found: text for people, one JSON object for programs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/collection/collection.h"
#include "dpr/data/ranked_list.h"
#include "dpr/retrieval/searcher.h"

namespace dpr::cli {

struct FoundPassage {
  StoredPassage stored;
  float score = 0;
  std::optional<float> dense_score, bm25_score;  // of a hybrid search
};

// The passages behind `hits`, in the same order.
std::vector<FoundPassage> LookUp(const Collection& collection, std::span<const Hit> hits);

RankedList ToRankedList(const Question& question, std::span<const FoundPassage> found);

// {"question":…,"hits":[{"rank":1,"id":…,"title":…,"text":…,"score":…,"metadata":{…}}],"milliseconds":…}
// on one line; metadata carries "source" besides what the passage has; a hybrid search adds
// "dense_score" and "bm25_score" to each hit.
std::string SearchJson(const std::string& question, std::span<const FoundPassage> found,
                       double milliseconds);

// A block per passage: rank, score, title and page, then the text wrapped to `width` columns.
std::string SearchText(const std::string& question, std::span<const FoundPassage> found, int width);

int TerminalWidth();  // of standard output; 100 where it is no terminal

}  // namespace dpr::cli
