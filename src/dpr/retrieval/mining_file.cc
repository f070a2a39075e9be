#include "dpr/retrieval/mining_file.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/data/judgement_reader.h"
#include "dpr/data/question_reader.h"
#include "dpr/data/training_json.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;
using GoldById = std::unordered_map<std::string, std::vector<std::string>>;

constexpr size_t kQuestionsAtATime = 256;

// The counters by name, for the record of progress.
template <typename Counts, typename Visit>
void ForEachCount(Counts& counts, Visit&& visit) {
  visit("questions", counts.questions);
  visit("examples", counts.examples);
  visit("without_positive", counts.without_positive);
  visit("short_answers", counts.short_answers);
  visit("missing_gold", counts.missing_gold);
  visit("positives_dropped", counts.positives_dropped);
  visit("answers_dropped", counts.answers_dropped);
  visit("near_duplicates_dropped", counts.near_duplicates_dropped);
  visit("margin_dropped", counts.margin_dropped);
  visit("few_negatives", counts.few_negatives);
}

// All that the examples depend on.
std::string KeyOf(const Searcher& searcher, const MiningFiles& files,
                  const MiningOptions& options) {
  const Collection& collection = searcher.collection();
  Hasher hasher;
  hasher.AddField("dpr mine 1").AddField(HashFile(collection.folder() / "collection.json"));
  hasher.AddNumber(static_cast<uint64_t>(collection.generation()));
  hasher.AddField(HashFile(files.questions));
  hasher.AddField(files.judgements.empty() ? std::string() : HashFile(files.judgements));
  for (const NegativeKind kind : options.kinds) hasher.AddField(NegativeKindName(kind));
  hasher.AddField(searcher.SettingsText());
  hasher.AddField(options.margin ? std::to_string(*options.margin) : "none");
  for (const int64_t number : {options.per_question, options.depth, options.shortest_answer,
                               static_cast<int64_t>(options.match)}) {
    hasher.AddNumber(static_cast<uint64_t>(number));
  }
  return hasher.AddNumber(options.seed).Hex();
}

// The output in the making, and the record of how far it is.
class GrowingOutput {
 public:
  GrowingOutput(const Path& out, std::string key)
      : out_(out),
        growing_(out.string() + ".building"),
        record_(out.string() + ".building.json"),
        key_(std::move(key)),
        lock_(growing_, "this file"),
        file_(File::OpenOrCreate(growing_)) {
    Load();
    file_.Truncate(bytes_);
  }

  const MiningCounts& counts() const { return counts_; }

  void Append(const std::vector<TrainingExample>& examples, const MiningCounts& counts) {
    std::string lines;
    for (const TrainingExample& example : examples) lines += TrainingExampleJson(example) + "\n";
    file_.WriteAt(bytes_, std::as_bytes(std::span(lines)));
    file_.Sync();
    KillPoint("mine.lines");
    bytes_ += lines.size();
    counts_ = counts;
    Json json = {{"key", key_}, {"bytes", bytes_}};
    ForEachCount(counts_, [&](const char* name, int64_t value) { json[name] = value; });
    WriteFileAtomically(record_, json.dump());
    KillPoint("mine.recorded");
  }

  // The ids of the positives of what is there.
  std::vector<std::string> PositiveIds() const {
    std::vector<std::string> ids;
    const MappedFile mapped(growing_);
    std::string_view text = mapped.text();
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size() - 1);
      const Json example = Json::parse(text.substr(0, end));
      for (const Json& positive : example.at("positive_ctxs")) {
        ids.push_back(positive.at("passage_id").get<std::string>());
      }
      text.remove_prefix(end + 1);
    }
    return ids;
  }

  void Finish() {
    RenameDurably(growing_, out_);
    RemoveAll(record_);
  }

 private:
  void Load() {
    std::error_code code;
    if (!std::filesystem::exists(record_, code)) return;
    const Json json = Json::parse(ReadFile(record_), nullptr, false);
    if (!json.is_object() || !json.contains("key") || json["key"] != key_) return;
    if (!json.contains("bytes") || !json["bytes"].is_number_unsigned()) return;
    const auto bytes = json["bytes"].get<uint64_t>();
    if (bytes > file_.size()) return;
    bytes_ = bytes;
    ForEachCount(counts_, [&](const char* name, int64_t& value) {
      const auto found = json.find(name);
      value = found != json.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
    });
  }

  Path out_, growing_, record_;
  std::string key_;
  FileLock lock_;
  File file_;
  uint64_t bytes_ = 0;
  MiningCounts counts_;
};

// Where the examples go in the end; a folder, a pipe or a device is no place for a file that grows.
Path OutputOf(const Path& path) {
  std::error_code code;
  if (std::filesystem::exists(path, code) && !std::filesystem::is_regular_file(path, code)) {
    throw Error(ErrorCode::kInvalid, "this is no file that examples can be written to",
                path.string(), "Name a file, new or to be replaced");
  }
  return std::filesystem::is_symlink(path, code) ? std::filesystem::weakly_canonical(path, code)
                                                 : path;
}

GoldById ReadGold(const Path& judgements) {
  GoldById gold;
  if (judgements.empty()) return gold;
  for (const Judgement& judgement : ReadJudgements(judgements)) {
    if (judgement.relevance > 0) gold[judgement.question_id].push_back(judgement.passage_id);
  }
  return gold;
}

uint64_t CountQuestions(const Path& path) {
  const auto reader = OpenQuestions(path);
  uint64_t count = 0;
  for (Question question; reader->Next(question);) ++count;
  return count;
}

}  // namespace

MiningCounts MineFile(const Searcher& searcher, const MiningFiles& files,
                      const MiningOptions& options, Progress& progress) {
  MiningOptions mining = options;
  mining.skip_unjudged = !files.judgements.empty();
  Miner miner(searcher, mining);
  const GoldById gold = ReadGold(files.judgements);
  const uint64_t total = CountQuestions(files.questions);
  GrowingOutput out(OutputOf(files.out), KeyOf(searcher, files, options));
  const int64_t done = out.counts().questions;
  const auto& kinds = options.kinds;
  if (done > 0) {
    progress.Note("goes on behind " + std::to_string(done) +
                  " questions of the run that was interrupted");
    const bool needs_gold =
        std::find(kinds.begin(), kinds.end(), NegativeKind::kGold) != kinds.end();
    if (needs_gold) miner.Remember(out.PositiveIds());
  }
  progress.Stage("mining", total - static_cast<uint64_t>(done), "questions");
  const auto reader = OpenQuestions(files.questions);
  MiningCounts counts = out.counts();
  int64_t index = 0;
  bool more = true;
  while (more) {
    std::vector<MiningQuestion> piece;
    const int64_t first = index;
    Question question;
    while (piece.size() < kQuestionsAtATime && (more = reader->Next(question))) {
      if (index++ < done) continue;
      const auto found = gold.find(question.id);
      piece.push_back({std::move(question), {}, reader->where()});
      if (found != gold.end()) piece.back().gold_ids = found->second;
    }
    if (piece.empty()) continue;
    const int64_t skipped = index - static_cast<int64_t>(piece.size()) - first;
    const std::vector<TrainingExample> examples = miner.Mine(piece, first + skipped, counts);
    out.Append(examples, counts);
    progress.Advance(piece.size());
  }
  out.Finish();
  return counts;
}

}  // namespace dpr
