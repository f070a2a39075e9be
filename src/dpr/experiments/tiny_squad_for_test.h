// A SQuAD file of made-up articles, and an experiment over it, for *_test.cc only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "dpr/base/test_environment.h"

namespace dpr::testing {

// Paragraphs that share words with their questions and with nobody else's. `articles` of three
// paragraphs with two questions each.
inline std::string TinySquad(int articles, int first = 0) {
  nlohmann::json data = nlohmann::json::array();
  for (int a = first; a < first + articles; ++a) {
    nlohmann::json paragraphs = nlohmann::json::array();
    for (int p = 0; p < 3; ++p) {
      const std::string own = std::to_string(1000 + 10 * a + p);
      nlohmann::json questions = nlohmann::json::array();
      for (const std::string what : {"king", "river"}) {
        const std::string answer = what + " " + own;
        questions.push_back({{"id", own + what},
                             {"question", "who is the " + what + " of " + own + "?"},
                             {"answers", {{{"text", answer}, {"answer_start", 0}}}}});
      }
      paragraphs.push_back(
          {{"context", "king " + own + " and river " + own + " are in the city of " + own},
           {"qas", questions}});
    }
    data.push_back({{"title", "Article_" + std::to_string(a)}, {"paragraphs", paragraphs}});
  }
  return nlohmann::json{{"version", "1.1"}, {"data", data}}.dump();
}

// An experiment over squad.json that has one variant of each kind and takes seconds.
inline nlohmann::ordered_json TinyExperiment() {
  return nlohmann::ordered_json::parse(R"({
    "title": "Tiny",
    "asks": "Does it run?",
    "sets": {"squad": {"title": "Tiny SQuAD", "kind": "squad", "files": ["squad.json"]}},
    "encoders": {
      "random": {"kind": "random", "layers": 1, "hidden": 16, "heads": 2, "positions": 64},
      "pretrained": {"kind": "pretrained", "layers": 1, "hidden": 16, "heads": 2, "positions": 64,
                     "task": "mlm", "tokens": 1000, "texts": ["squad.json"]},
      "given": {"kind": "given", "history": "Made for tests."}
    },
    "negatives": {
      "bm25": {"kinds": ["bm25"], "per_question": 3},
      "distant": {"kinds": ["random", "gold"], "per_question": 2, "distant": true},
      "second": {"kinds": ["dense"], "retriever": "trained"}
    },
    "settings": {"batch": 4, "epochs": 1, "max_length": 32},
    "variants": {
      "bm25": {"title": "BM25", "bm25": {"k1": 1.2, "b": 0.75}},
      "untrained": {"encoder": "random", "pooling": "mean", "similarity": "cosine", "centred": true},
      "words": {"encoder": "given", "pooling": "words", "similarity": "cosine"},
      "trained": {"encoder": "pretrained", "train": {"negatives": "bm25"}},
      "updates": {"encoder": "random", "train": {"negatives": "distant", "updates_of": "trained",
                  "settings": {"batch": 8, "hard_negatives": 0}, "share": 0.5}},
      "second": {"encoder": "pretrained", "train": {"negatives": "second"}},
      "hybrid": {"hybrid": {"dense": "trained", "bm25": "bm25", "weights": [0.3, 0.7]}},
      "absent": {"encoder": "given", "tests": ["squad"]}
    },
    "columns": [1, 5, 20],
    "compare_at": 5,
    "baseline": "bm25",
    "reported": [{"source": "nobody", "columns": [5], "rows": {"bm25": [50.0]}}],
    "test_questions": 12,
    "train_examples": 24,
    "choose_examples": 6,
    "choose_share": 0.5,
    "seeds": [1, 2],
    "rates": [0.001, 0.002],
    "curve": true,
    "sizes": {"smoke": {"seeds": [1]}}
  })");
}

}  // namespace dpr::testing
