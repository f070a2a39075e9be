#include "dpr/data/training_json.h"

#include <nlohmann/json.hpp>

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

Json PassagesJson(const std::vector<TrainingPassage>& passages) {
  Json list = Json::array();
  for (const TrainingPassage& passage : passages) {
    Json json = {{"title", passage.title},
                 {"text", passage.text},
                 {"score", passage.score},
                 {"title_score", passage.title_score},
                 {"passage_id", passage.id}};
    if (passage.rank > 0) json["rank"] = passage.rank;
    if (!passage.kind.empty()) json["kind"] = passage.kind;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

std::string TrainingExampleJson(const TrainingExample& example) {
  const Json json = {{"question", example.question.text},
                     {"question_id", example.question.id},
                     {"answers", example.question.answers},
                     {"positive_ctxs", PassagesJson(example.positives)},
                     {"negative_ctxs", PassagesJson(example.negatives)},
                     {"hard_negative_ctxs", PassagesJson(example.hard_negatives)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace dpr
