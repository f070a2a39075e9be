// An experiment as its file says it: docs/formats/experiment.md. Plain values; nothing here looks
// at data or models.
//
// A file is one JSON object. Its member `sizes` holds, for each size, what is different there: a
// JSON merge patch (RFC 7386) over the rest, so that a size may change any member.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/encoder/encoder.h"
#include "dpr/lexical/bm25.h"
#include "dpr/retrieval/mining.h"
#include "dpr/tensor/similarity.h"
#include "dpr/text/answer_match.h"
#include "dpr/training/settings.h"

namespace dpr {

enum class Size { kSmoke, kSmall, kFull };
Size ParseSize(std::string_view name);  // "smoke", "small", "full"; kUsage for any other
std::string SizeName(Size size);

// Where passages, training examples and test questions come from. Paths are below the data folder.
struct SetDefinition {
  enum class Kind {
    kSquad,      // gold passages are known; split by article
    kQuestions,  // questions with answers over passages; split by groups that share an answer
    kPublished,  // DPR's files, split as they were published
  };
  std::string name, title;
  Kind kind = Kind::kSquad;
  std::vector<Path> files;     // kSquad
  Path questions;              // kQuestions
  std::vector<Path> passages;  // the other two
  Path train, choose, test;    // kPublished
  MatchMode match = MatchMode::kString;
  // What is different for this set alone: passages that are taken, training examples.
  std::optional<int64_t> limit, train_examples;
};

struct EncoderDefinition {
  enum class Kind { kRandom, kPretrained, kGiven };
  std::string name, title, history;  // the history is what it has seen before
  Kind kind = Kind::kRandom;
  int64_t layers = 0, hidden = 0, heads = 0, intermediate = 0, positions = 512;
  std::string task;         // kPretrained: "mlm", "ict", "crops"
  std::string from;         // kPretrained: the encoder that it goes on from; empty: random weights
  int64_t tokens = 0;       // kPretrained
  std::vector<Path> texts;  // kPretrained
  std::optional<double> rate;  // kPretrained: the learning rate; nothing: the task's own
  std::string model;  // kGiven: a folder below the data; empty: the one that the user gives
};

// Where training examples get their passages from.
struct NegativesDefinition {
  std::string name;
  bool published = false;  // as the set's own file says, nothing is mined
  bool distant = false;    // the positive is BM25's best with an answer, though gold is known
  std::vector<NegativeKind> kinds;
  int64_t per_question = 10, depth = 100;
  std::string retriever;  // of kDense: the variant whose mistakes they are
};

struct TrainDefinition {
  std::vector<std::string> sets;  // learns from these
  std::string negatives;
  double share = 1;  // of the training examples
  TrainingSettings settings;
  std::string settings_json;  // of the above
  std::string updates_of;     // takes as many steps as that variant; empty: its own epochs
};

struct HybridDefinition {
  std::string dense, bm25;      // variants
  std::vector<double> weights;  // of the dense part, in Fusion::kWeighted; chosen among
};

struct VariantDefinition {
  std::string name, title;
  std::vector<std::string> tests;  // sets whose questions it answers
  // One of these three:
  std::optional<Bm25Parameters> bm25;
  std::optional<HybridDefinition> hybrid;
  std::string encoder;

  std::string language = "english";  // of BM25
  // Of an encoder that is not trained; what is not given is as its folder says.
  std::optional<Pooling> pooling;
  bool word_vectors = false;  // the mean of the word embeddings, weighted by IDF, instead
  std::optional<Similarity> similarity;
  bool centred = false;    // the passages' mean vector is taken from all vectors
  int64_t max_length = 0;  // of texts, in tokens; 0: as the folder says
  std::optional<TrainDefinition> train;
};

// Figures of others, for variants of these names.
struct ReportedFigures {
  std::string source;  // "Karpukhin et al. 2020, table 3: Natural Questions dev, ..."
  std::string set;     // shown beside this set's; empty: beside all
  std::vector<int> columns;
  std::map<std::string, std::vector<double>> rows;  // percent, by variant
};

struct Definition {
  std::string name, title, asks, file;
  std::vector<SetDefinition> sets;
  std::vector<EncoderDefinition> encoders;
  std::vector<NegativesDefinition> negatives;
  std::vector<VariantDefinition> variants;
  std::vector<int> columns;  // k of the top-k accuracies
  int compare_at = 20;       // the one of them by which variants are compared
  std::string baseline;      // a variant that the others are compared with
  std::vector<ReportedFigures> reported;
  std::vector<std::string> remarks;  // for who reads the report
  bool curve = false;                // also drawn over the number of examples

  // How large.
  int64_t passages = 0;  // of each set; 0: all there are
  int64_t test_questions = 0, train_examples = 0;
  int64_t choose_examples = 0;  // to choose the learning rate by
  double choose_share = 1;      // of the training examples that such a trial learns from
  std::vector<double> rates;    // to choose from; one: nothing is chosen
  std::vector<uint64_t> seeds;

  const SetDefinition& Set(const std::string& set) const;
  const EncoderDefinition& Encoder(const std::string& encoder) const;
  const NegativesDefinition& Negatives(const std::string& negatives_name) const;
  const VariantDefinition& Variant(const std::string& variant) const;
};

// `file` is for messages; the experiment's name is `name`. kUsage for anything that is wrong: an
// unknown member or name (with the nearest), a value out of range, a seed twice.
Definition ParseDefinition(std::string_view text, const std::string& name, const std::string& file,
                           Size size);

}  // namespace dpr
