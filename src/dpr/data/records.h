// The records that flow through dpr. Plain data, UTF-8 throughout.
#pragma once

#include <string>
#include <vector>

namespace dpr {

// One unit of retrieval. `title` and `text` may be empty; `id` is unique in a collection.
struct Passage {
  std::string id;
  std::string title;
  std::string text;
  std::string metadata;  // a JSON object as text, or empty for none
};

// A question, with its answers where the file has them (strings, or regular expressions for TREC).
struct Question {
  std::string id;
  std::string text;
  std::vector<std::string> answers;
};

// A graded judgement: `relevance` > 0 is relevant.
struct Judgement {
  std::string question_id;
  std::string passage_id;
  int relevance = 0;
};

}  // namespace dpr
