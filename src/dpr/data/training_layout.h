// The layouts of a training example as one JSON object. Internal to the training_* readers: it
// shows simdjson's types.
#pragma once

#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/data/training_corpus.h"
#include "dpr/data/training_format.h"

namespace dpr {

// Of this thread; kept, since its memory is many times an example's. What it parsed is gone with
// the next text.
simdjson::dom::parser& TrainingParser();
// The JSON of a record; kInvalid at `where` when it is none.
simdjson::dom::element ParseTrainingJson(simdjson::dom::parser& parser,
                                         const TrainingContent& content,
                                         const TrainingRecord& record, const std::string& where);

// The members of one object by name.
class TrainingMembers {
 public:
  // kInvalid when a name is given twice.
  TrainingMembers(simdjson::dom::object object, const std::string& where);

  // The member of the first of these names that is there and not null; null else.
  const simdjson::dom::element* Find(std::initializer_list<std::string_view> names) const {
    return Find(std::span(names.begin(), names.size()));
  }
  const simdjson::dom::element* Find(std::span<const std::string_view> names) const;
  const std::vector<std::pair<std::string_view, simdjson::dom::element>>& all() const {
    return members_;
  }

 private:
  std::vector<std::pair<std::string_view, simdjson::dom::element>> members_;
};

// How a layout makes an example of an object. `corpus` is null where none was given.
struct TrainingLayout {
  const char* name;  // "DPR"
  // The names one of which an object must have to be of this layout.
  std::vector<std::string_view> marks;
  TrainingExample (*parse)(const TrainingMembers& members, const TrainingCorpus* corpus,
                           const std::string& where);
};

// The layout that an object's members show; kUnsupported, naming them, when there is none.
const TrainingLayout& LayoutOf(const TrainingMembers& members, const std::string& where);

// The names of sentence-transformers' columns and members.
bool IsAnchorName(std::string_view name);
bool IsPositiveName(std::string_view name);
bool IsNegativeName(std::string_view name);  // negative, negatives, neg, negative_1, ...

// A passage: an object with `text` and perhaps `title`, ids, scores; or a text alone.
TrainingPassage ReadTrainingPassage(simdjson::dom::element value, const char* list,
                                    const std::string& where);
// Strings, or numbers as their digits; nothing for null.
std::vector<std::string> ReadTrainingAnswers(simdjson::dom::element value,
                                             const std::string& where);
std::string ReadTrainingQuestion(simdjson::dom::element value, const std::string& where);
// A text, or a whole number as its digits.
std::string ReadTrainingId(simdjson::dom::element value, const std::string& where);

}  // namespace dpr
