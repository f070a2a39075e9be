#include "dpr/experiments/definition.h"

#include <algorithm>
#include <set>

#include "dpr/base/error.h"
#include "dpr/experiments/checked_json.h"
#include "dpr/experiments/definition_parts.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSizes[] = {"smoke", "small", "full"};

// The document with what is different at `size`, which may leave variants out that `variants` still
// names: figures of others may be about them.
Json AtSize(std::string_view text, const std::string& file, Size size,
            std::vector<std::string>& variants) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorCode::kUsage, "this is no JSON: " + std::string(error.what()), file,
                "Mend it; docs/formats/experiment.md has the form");
  }
  CheckedObject checked(document, file, "");
  CheckedObject sizes = checked.Object("sizes");
  for (const char* name : kSizes) sizes.Object(name);
  sizes.Finish();
  variants = checked.Object("variants").Names();
  const Json patch = sizes.Value(SizeName(size));
  document.erase("sizes");
  if (!patch.is_null()) document.merge_patch(patch);
  return document;
}

void ReadSizes(CheckedObject& document, Definition& definition) {
  definition.passages = document.Integer("passages", 0);
  definition.test_questions = document.Integer("test_questions", 500, 1);
  definition.train_examples = document.Integer("train_examples", 1000, 1);
  definition.choose_examples = document.Integer("choose_examples", 200, 1);
  definition.choose_share = document.Number("choose_share", 1);
  if (definition.choose_share <= 0 || definition.choose_share > 1) {
    document.Fail("choose_share", "this must be above 0 and at most 1");
  }
  definition.rates = document.Numbers("rates");
  if (definition.rates.empty()) definition.rates = {TrainingSettings().rate};
  for (const double rate : definition.rates) {
    if (!(rate > 0)) document.Fail("rates", "a learning rate must be above 0");
  }
  std::set<uint64_t> seen;
  for (const double seed : document.Numbers("seeds")) {
    if (seed < 0 || seed != static_cast<double>(static_cast<uint64_t>(seed))) {
      document.Fail("seeds", "a seed is a whole number from 0 on");
    }
    definition.seeds.push_back(static_cast<uint64_t>(seed));
    if (seen.insert(definition.seeds.back()).second) continue;
    document.Fail("seeds", "the seed " + std::to_string(definition.seeds.back()) +
                               " is there twice: it would count one run as two");
  }
  if (definition.seeds.empty()) definition.seeds = {1};
}

// `variants` may name some that this size leaves out.
void ReadReported(CheckedObject& document, const std::vector<std::string>& variants,
                  const std::vector<std::string>& sets, Definition& definition) {
  document.ForEachElement("reported", [&](CheckedObject& object) {
    ReportedFigures figures;
    figures.source = object.Text("source");
    figures.set = object.Text("set", "");
    if (!figures.set.empty()) object.RequireKnown("set", "set", figures.set, sets);
    for (const double k : object.Numbers("columns")) figures.columns.push_back(static_cast<int>(k));
    CheckedObject rows = object.Object("rows");
    for (const std::string& name : rows.Names()) {
      rows.RequireKnown("", "variant", name, variants);
      std::vector<double> values = rows.Numbers(name);
      if (values.size() != figures.columns.size()) {
        rows.Fail(name, "there must be one figure for each of `columns`");
      }
      figures.rows[name] = std::move(values);
    }
    definition.reported.push_back(std::move(figures));
  });
}

template <typename T>
const T& Find(const std::vector<T>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const T& item) { return item.name == name; });
  DPR_CHECK(found != items.end());  // the parser has looked
  return *found;
}

}  // namespace

Size ParseSize(std::string_view name) {
  for (const Size size : {Size::kSmoke, Size::kSmall, Size::kFull}) {
    if (name == SizeName(size)) return size;
  }
  throw Error(ErrorCode::kUsage, "there is no size `" + std::string(name) + "`", "--size",
              "Choose smoke, small or full");
}

std::string SizeName(Size size) { return kSizes[static_cast<int>(size)]; }

const SetDefinition& Definition::Set(const std::string& set) const { return Find(sets, set); }
const EncoderDefinition& Definition::Encoder(const std::string& encoder) const {
  return Find(encoders, encoder);
}
const NegativesDefinition& Definition::Negatives(const std::string& negatives_name) const {
  return Find(negatives, negatives_name);
}
const VariantDefinition& Definition::Variant(const std::string& variant) const {
  return Find(variants, variant);
}

Definition ParseDefinition(std::string_view text, const std::string& name, const std::string& file,
                           Size size) {
  std::vector<std::string> reported;
  CheckedObject document(AtSize(text, file, size, reported), file + " (" + SizeName(size) + ")",
                         "");
  Definition definition;
  definition.name = name;
  definition.file = file;
  definition.title = document.Text("title");
  definition.asks = document.Text("asks");
  definition.remarks = document.Texts("remarks");
  definition.curve = document.Flag("curve", false);
  ReadSizes(document, definition);
  definition.sets = ReadSets(document);
  definition.encoders = ReadEncoders(document);
  const std::vector<std::string> sets = NamesIn(definition.sets);
  const std::vector<std::string> variants = document.Object("variants").Names();
  definition.negatives = ReadNegatives(document, variants);
  definition.variants = ReadVariants(document, definition);
  for (const double k : document.Numbers("columns")) {
    if (k < 1 || k > 100) document.Fail("columns", "these are k of top-k, from 1 to 100");
    definition.columns.push_back(static_cast<int>(k));
  }
  if (definition.columns.empty()) definition.columns = {1, 5, 20, 100};
  definition.compare_at =
      static_cast<int>(document.Integer("compare_at", definition.compare_at, 1));
  if (std::count(definition.columns.begin(), definition.columns.end(), definition.compare_at) ==
      0) {
    document.Fail("compare_at", "this is none of `columns`");
  }
  definition.baseline = document.Text("baseline");
  document.RequireKnown("baseline", "variant", definition.baseline, variants);
  ReadReported(document, reported, sets, definition);
  document.Finish();
  return definition;
}

}  // namespace dpr
