#include "dpr/experiments/definition_parts.h"

#include "dpr/base/error.h"

namespace dpr {
namespace {

template <typename T>
T Parsed(CheckedObject& object, const std::string& name, T (*parse)(std::string_view)) {
  const std::string text = object.Text(name);
  try {
    return parse(text);
  } catch (const Error& error) {
    object.Fail(name, error.problem(), error.hint());
  }
}

std::vector<Path> Paths(CheckedObject& object, const std::string& name) {
  std::vector<Path> paths;
  for (const std::string& text : object.Texts(name)) paths.emplace_back(text);
  if (paths.empty()) object.Fail("", "`" + name + "` is missing");
  return paths;
}

SetDefinition::Kind ParseSetKind(std::string_view name) {
  if (name == "squad") return SetDefinition::Kind::kSquad;
  if (name == "questions") return SetDefinition::Kind::kQuestions;
  if (name == "published") return SetDefinition::Kind::kPublished;
  throw Error(ErrorCode::kUsage, "there is no kind of set `" + std::string(name) + "`", {},
              "Choose squad, questions or published");
}

EncoderDefinition::Kind ParseEncoderKind(std::string_view name) {
  if (name == "random") return EncoderDefinition::Kind::kRandom;
  if (name == "pretrained") return EncoderDefinition::Kind::kPretrained;
  if (name == "given") return EncoderDefinition::Kind::kGiven;
  throw Error(ErrorCode::kUsage, "there is no kind of encoder `" + std::string(name) + "`", {},
              "Choose random, pretrained or given");
}

std::string ParseTask(std::string_view name) {
  if (name == "mlm" || name == "ict" || name == "crops") return std::string(name);
  throw Error(ErrorCode::kUsage, "there is no pretraining task `" + std::string(name) + "`", {},
              "Choose mlm, ict or crops");
}

void ReadShape(CheckedObject& object, EncoderDefinition& encoder) {
  encoder.layers = object.Integer("layers", 4, 1);
  encoder.hidden = object.Integer("hidden", 256, 1);
  encoder.heads = object.Integer("heads", 4, 1);
  encoder.intermediate = object.Integer("intermediate", 4 * encoder.hidden, 1);
  encoder.positions = object.Integer("positions", 512, 8);
  if (encoder.hidden % encoder.heads != 0) {
    object.Fail("heads", "`hidden` cannot be divided into so many heads");
  }
}

}  // namespace

std::vector<SetDefinition> ReadSets(CheckedObject& document) {
  std::vector<SetDefinition> sets;
  document.ForEach("sets", [&](const std::string& name, CheckedObject& object) {
    SetDefinition set;
    set.name = name;
    set.title = object.Text("title", name);
    set.kind = Parsed(object, "kind", ParseSetKind);
    if (set.kind == SetDefinition::Kind::kSquad) {
      set.files = Paths(object, "files");
    } else {
      set.passages = Paths(object, "passages");
      set.match =
          object.Flag("regular_expressions", false) ? MatchMode::kRegex : MatchMode::kString;
    }
    if (set.kind == SetDefinition::Kind::kQuestions) set.questions = object.Text("questions");
    if (set.kind == SetDefinition::Kind::kPublished) {
      set.train = object.Text("train");
      set.choose = object.Text("choose");
      set.test = object.Text("test");
    }
    if (object.Has("limit")) set.limit = object.Integer("limit", 0);
    if (object.Has("train_examples")) set.train_examples = object.Integer("train_examples", 1, 1);
    sets.push_back(std::move(set));
  });
  if (sets.empty()) document.Fail("", "`sets` is missing");
  return sets;
}

std::vector<EncoderDefinition> ReadEncoders(CheckedObject& document) {
  std::vector<EncoderDefinition> encoders;
  document.ForEach("encoders", [&](const std::string& name, CheckedObject& object) {
    EncoderDefinition encoder;
    encoder.name = name;
    encoder.title = object.Text("title", name);
    encoder.history = object.Text("history", "");
    encoder.kind = Parsed(object, "kind", ParseEncoderKind);
    if (encoder.kind == EncoderDefinition::Kind::kGiven) {
      encoder.model = object.Text("model", "");
    } else {
      ReadShape(object, encoder);
    }
    if (encoder.kind == EncoderDefinition::Kind::kPretrained) {
      encoder.task = Parsed(object, "task", ParseTask);
      encoder.from = object.Text("from", "");
      // Only those above it, so that none leads back to itself.
      if (!encoder.from.empty()) {
        object.RequireKnown("from", "encoder above it", encoder.from, NamesIn(encoders));
      }
      encoder.tokens = object.Integer("tokens", 0, 1);
      encoder.texts = Paths(object, "texts");
      if (object.Has("rate")) encoder.rate = object.Number("rate", 0);
    }
    encoders.push_back(std::move(encoder));
  });
  return encoders;
}

std::vector<NegativesDefinition> ReadNegatives(CheckedObject& document,
                                               const std::vector<std::string>& variants) {
  std::vector<NegativesDefinition> all;
  document.ForEach("negatives", [&](const std::string& name, CheckedObject& object) {
    NegativesDefinition negatives;
    negatives.name = name;
    negatives.published = object.Flag("published", false);
    negatives.distant = object.Flag("distant", false);
    negatives.per_question = object.Integer("per_question", 10, 1);
    negatives.depth = object.Integer("depth", 100, 1);
    negatives.retriever = object.Text("retriever", "");
    bool dense = false;
    for (const std::string& kind : object.Texts("kinds")) {
      try {
        negatives.kinds.push_back(ParseNegativeKind(kind));
      } catch (const Error& error) {
        object.Fail("kinds", error.problem(), error.hint());
      }
      dense = dense || negatives.kinds.back() == NegativeKind::kDense;
    }
    if (negatives.kinds.empty() == !negatives.published) {
      object.Fail("kinds", "a list of kinds, or `published`, must be given, and not both");
    }
    if (dense == negatives.retriever.empty()) {
      object.Fail("retriever", "negatives of the kind dense, and no others, need a retriever");
    }
    if (dense) object.RequireKnown("retriever", "variant", negatives.retriever, variants);
    all.push_back(std::move(negatives));
  });
  return all;
}

}  // namespace dpr
