// The records that flow through dpr. Plain data, UTF-8 throughout.
#pragma once

#include <cstdint>
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

// A passage of a training example, and how it was found.
struct TrainingPassage {
  std::string id, title, text;
  double score = 0;
  double title_score = 0;  // 1: gold, as DPR marks it
  int64_t rank = 0;        // in the list that it comes from, from 1; 0: in none
  std::string kind;        // that list: "bm25", "dense", "random", "gold"
};

// What training learns from: a question, passages that answer it and passages that do not.
struct TrainingExample {
  Question question;
  std::vector<TrainingPassage> positives;
  std::vector<TrainingPassage> hard_negatives;  // that a retriever took for an answer
  std::vector<TrainingPassage> negatives;       // others
};

// A graded judgement: `relevance` > 0 is relevant.
struct Judgement {
  std::string question_id;
  std::string passage_id;
  int relevance = 0;
};

}  // namespace dpr
