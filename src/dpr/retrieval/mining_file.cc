#include "dpr/retrieval/mining_file.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/layout.h"
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
  visit("slow_answers", counts.slow_answers);
}

// All that the examples depend on, by the names that a user knows. A hash where it starts with #.
Json SettingsOf(const Searcher& searcher, const MiningFiles& files, const MiningOptions& options) {
  const Collection& collection = searcher.collection();
  std::string kinds;
  for (const NegativeKind kind : options.kinds) {
    kinds += (kinds.empty() ? "" : ",") + NegativeKindName(kind);
  }
  const auto hash = [](const Path& file) {
    return file.empty() ? std::string("none") : "#" + HashFile(file);
  };
  return {{"version", 2},
          {"the collection", hash(collection.folder() / kManifestFile) + " generation " +
                                 std::to_string(collection.generation())},
          {"the questions", hash(files.questions)},
          {"--qrels", hash(files.judgements)},
          {"the search", searcher.SettingsText()},
          {"--negatives", kinds},
          {"--per-question", options.per_question},
          {"--depth", options.depth},
          {"--match", options.match == MatchMode::kRegex ? "regex" : "string"},
          {"--shortest-answer", options.shortest_answer},
          {"--margin", options.margin ? Json(*options.margin) : Json("none")},
          {"--seed", options.seed}};
}

// "--depth (100, now 200), the questions"
std::string Differences(const Json& before, const Json& now) {
  std::string text;
  for (const auto& [name, value] : now.items()) {
    const Json was = before.contains(name) ? before[name] : Json("none");
    if (was == value) continue;
    text += (text.empty() ? "" : ", ") + name;
    const auto shown = [](const Json& v) {
      return v.is_string() ? v.get<std::string>() : v.dump();
    };
    if (!shown(value).starts_with('#') && !shown(was).starts_with('#')) {
      text += " (" + shown(was) + ", now " + shown(value) + ")";
    }
  }
  return text;
}

// The output in the making, and the record of how far it is.
class GrowingOutput {
 public:
  GrowingOutput(const Path& out, Json settings, Progress& progress)
      : out_(out),
        growing_(out.string() + ".building"),
        record_(out.string() + ".building.json"),
        settings_(std::move(settings)),
        lock_(growing_, "this file"),
        file_(File::OpenOrCreate(growing_)) {
    Load(progress);
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
    Json json = {{"settings", settings_}, {"bytes", bytes_}};
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
  void Load(Progress& progress) {
    std::error_code code;
    if (!std::filesystem::exists(record_, code)) return;
    const Json json = Json::parse(ReadFile(record_), nullptr, false);
    const auto begin_anew = [&](const std::string& why) {
      progress.Note("begins anew: of the interrupted run into " + out_.string() + " " + why);
    };
    if (!json.is_object() || !json.contains("settings") || !json["settings"].is_object() ||
        !json.contains("bytes") || !json["bytes"].is_number_unsigned()) {
      return begin_anew("there is no record that this dpr reads");
    }
    if (json["settings"] != settings_) {
      return begin_anew("other settings are recorded: " + Differences(json["settings"], settings_));
    }
    const auto bytes = json["bytes"].get<uint64_t>();
    if (bytes > file_.size()) return begin_anew("the examples are not there any more");
    bytes_ = bytes;
    ForEachCount(counts_, [&](const char* name, int64_t& value) {
      const auto found = json.find(name);
      value = found != json.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
    });
  }

  Path out_, growing_, record_;
  Json settings_;
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

// Questions are counted and checked first, and what a run depends on is hashed.
void RequireReadableTwice(const Path& path) {
  std::error_code code;
  const bool missing =
      path.string() != "-" && !std::filesystem::exists(path, code);  // said when opened
  if (path.empty() || missing || std::filesystem::is_regular_file(path, code)) return;
  throw Error(ErrorCode::kUsage, "mining reads this more than once, so it must be a file",
              path.string(), "Save it to a file first");
}

GoldById ReadGold(const Path& judgements) {
  GoldById gold;
  if (judgements.empty()) return gold;
  for (const Judgement& judgement : ReadJudgements(judgements)) {
    if (judgement.relevance > 0) gold[judgement.question_id].push_back(judgement.passage_id);
  }
  return gold;
}

// How many there are. Without judgements, their answers are what says which passages are positive.
uint64_t CheckQuestions(const MiningFiles& files, const MiningOptions& options,
                        Progress& progress) {
  const auto reader = OpenQuestions(files.questions);
  AnswerCheck check(options.match, options.bad_patterns);
  uint64_t count = 0;
  for (Question question; reader->Next(question); ++count) {
    check.Add(question, reader->where(), files.judgements.empty());
  }
  check.Finish(files.questions, progress);
  return count;
}

}  // namespace

MiningCounts MineFile(const Searcher& searcher, const MiningFiles& files,
                      const MiningOptions& options, Progress& progress) {
  Miner miner(searcher, options);
  RequireReadableTwice(files.questions);
  RequireReadableTwice(files.judgements);
  const GoldById gold = ReadGold(files.judgements);
  const uint64_t total = CheckQuestions(files, options, progress);
  GrowingOutput out(OutputOf(files.out), SettingsOf(searcher, files, options), progress);
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
  const size_t most = std::min(kQuestionsAtATime, searcher.QuestionsAtATime(options.depth));
  int64_t index = 0;
  bool more = true;
  while (more) {
    std::vector<MiningQuestion> piece;
    const int64_t first = index;
    Question question;
    while (piece.size() < most && (more = reader->Next(question))) {
      if (index++ < done) continue;
      const auto found = gold.find(question.id);
      piece.push_back({std::move(question), {}});
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
