#include "dpr/experiments/report_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "dpr/base/cpu.h"
#include "dpr/base/threads.h"
#include "dpr/experiments/results_json.h"
#include "dpr/report/format.h"

namespace dpr {
namespace {

constexpr const char* kSmokeBanner =
    "This run only checks that everything runs. It is far too small for conclusions, and none are "
    "printed: no letters, no tests, no comparison with what the paper found.";

std::string SplitOf(const PreparedSet& set) {
  switch (set.definition.kind) {
    case SetDefinition::Kind::kSquad:
      return fmt::format("split by article ({} of them); gold passages are known",
                         FormatCount(set.groups));
    case SetDefinition::Kind::kQuestions:
      return fmt::format(
          "split by groups of questions that share an answer ({} groups); a positive passage is "
          "BM25's best with an answer, and training learns from none that a test question has",
          FormatCount(set.groups));
    case SetDefinition::Kind::kPublished:
      break;
  }
  return "as it was published";
}

void AddSets(const ExperimentSteps& experiment, HtmlPage& page) {
  Table table({{"data"},
               {"passages", Align::kRight},
               {"questions to test", Align::kRight},
               {"without a strict answer", Align::kRight},
               {"split"}});
  for (const SetDefinition& definition : experiment.definition.sets) {
    const PreparedSet& set = experiment.sets.at(definition.name);
    table.AddRow({definition.title, FormatCount(set.passage_count), FormatCount(set.questions[2]),
                  FormatCount(set.without_strict), SplitOf(set)});
  }
  page.AddTable(table);
}

void AddEncoders(const ExperimentSteps& experiment, HtmlPage& page) {
  std::set<std::string> used;
  for (const VariantDefinition& variant : experiment.definition.variants)
    used.insert(variant.encoder);
  std::vector<std::pair<std::string, std::string>> encoders;
  for (const EncoderDefinition& encoder : experiment.definition.encoders) {
    if (!used.contains(encoder.name)) continue;
    std::string text = encoder.history;
    if (encoder.kind != EncoderDefinition::Kind::kGiven) {
      text = fmt::format("{} layers, {} wide. {}", encoder.layers, encoder.hidden, text);
    }
    if (encoder.kind == EncoderDefinition::Kind::kPretrained) {
      text = fmt::format("{} Pretrained here on {} tokens of text alone ({}).", text,
                         FormatCount(encoder.tokens), encoder.task);
    }
    encoders.emplace_back(encoder.title, text);
  }
  page.AddDefinitions(encoders);
}

}  // namespace

void AddSetup(const ExperimentSteps& experiment, const ReproduceRequest& request, HtmlPage& page) {
  const Definition& definition = experiment.definition;
  page.AddHeading(definition.title);
  page.AddParagraph(definition.asks);
  AddSets(experiment, page);
  AddEncoders(experiment, page);
  std::string rates;
  for (const double rate : definition.rates)
    rates += fmt::format("{}{:g}", rates.empty() ? "" : ", ", rate);
  page.AddDefinitions(
      {{"size", SizeName(request.size)},
       {"training examples", fmt::format("{} of each set, unless a row says otherwise",
                                         FormatCount(definition.train_examples))},
       {"seeds", fmt::format("{}", fmt::join(definition.seeds, ", "))},
       {"learning rates", definition.rates.size() > 1
                              ? fmt::format("chosen for each variant among {}, by the average rank "
                                            "on {} examples of articles or answers that are "
                                            "neither trained on nor tested",
                                            rates, definition.choose_examples)
                              : rates},
       {"precision", PrecisionName(request.materials.precision)}});
  page.AddList(definition.remarks);
}

void AddTraining(const ExperimentSteps& experiment, const StepStore& store, HtmlPage& page) {
  Table table({{"trained variant"},
               {"examples", Align::kRight},
               {"batch", Align::kRight},
               {"learning rate", Align::kRight},
               {"average rank by rate"},
               {"first step: positive", Align::kRight},
               {"negatives", Align::kRight},
               {"their deviation", Align::kRight},
               {"seconds of training", Align::kRight}});
  for (const VariantDefinition& variant : experiment.definition.variants) {
    const VariantSteps& steps = experiment.variants.at(variant.name);
    if (steps.trained.empty()) continue;
    const TrainingNotes notes = NotesOf(steps, store);
    std::string tried;
    for (const TrainingNotes::Tried& t : notes.tried) {
      tried += fmt::format("{}{:g}: {}", tried.empty() ? "" : ", ", t.rate,
                           t.average_rank ? FormatFixed(*t.average_rank, 1) : "no number");
    }
    table.AddRow({variant.title, FormatCount(steps.examples),
                  FormatCount(variant.train->settings.batch),
                  fmt::format("{:g}", notes.rate.value_or(experiment.definition.rates.front())),
                  tried, FormatFixed(notes.positive_mean, 3), FormatFixed(notes.negative_mean, 3),
                  FormatFixed(notes.negative_deviation, 3), FormatFixed(notes.seconds, 0)});
  }
  if (table.rows() == 0) return;
  page.AddParagraph(
      "Training. The scores of the first step, before anything is learned: where their deviation "
      "is "
      "small, the softmax begins nearly flat, and a low temperature or a large learning rate is "
      "what "
      "decides.");
  page.AddTable(table);
}

void AddTime(const ExperimentSteps& experiment, const StepStore& store, HtmlPage& page) {
  std::array<double, kStepKinds> seconds{};
  for (const StepPointer& step : StepsBehind(experiment.Goals())) {
    if (store.Has(*step)) seconds[static_cast<size_t>(step->kind)] += store.Seconds(*step);
  }
  std::string text;
  for (size_t i = 0; i < kStepKinds; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", StepKindName(static_cast<StepKind>(i)),
                        FormatDuration(seconds[i]));
  }
  page.AddParagraph(
      "Time that its steps took, those shared with other experiments included: " + text + ".");
}

std::string ReportPage(const ReproduceRequest& request, const ReproduceOutcome& outcome,
                       const StepStore& store) {
  HtmlPage page("The experiments of dense passage retrieval");
  const bool smoke = request.size == Size::kSmoke;
  const bool complete = outcome.findings.size() == outcome.experiments.size();
  page.SetBadge(smoke      ? "smoke: no conclusions"
                : complete ? SizeName(request.size)
                           : "unfinished",
                smoke || !complete ? Tone::kWarning : Tone::kGood);
  page.SetSubtitle(
      fmt::format("dpr {} on {}, {} threads", request.version, Cpu().model, ThreadCount()));
  if (smoke) page.AddParagraph(kSmokeBanner);
  page.AddCode(request.command);
  page.AddParagraph(
      "Accuracies are shares of questions, in percent, for which a right passage is among the "
      "first "
      "k. Intervals (95 %) are over seeds and questions together; letters and p values are "
      "corrected by Holm's method over all pairs of a table. Variants that share a letter are not "
      "told apart by these data. Each way of being right is judged apart: the gold passage is "
      "found; a passage that holds an answer; or one that holds a strict answer, which has at "
      "least "
      "three letters or digits and stands in at most 1 % of the passages, so that it is not there "
      "by accident.");
  for (size_t i = 0; i < outcome.findings.size(); ++i) {
    const ExperimentSteps& experiment = outcome.experiments[i];
    AddSetup(experiment, request, page);
    AddTables(experiment, outcome.findings[i], request.size, page);
    AddCharts(experiment, outcome.findings[i], page);
    AddTraining(experiment, store, page);
    AddTime(experiment, store, page);
  }
  page.AddHeading("This call");
  const TimeSpent& time = outcome.time;
  page.AddParagraph(fmt::format(
      "{} in all, {} were foretold. The runner's own share, everything but training, encoding, "
      "searching, mining, indexing and pretraining: {}, {:.1f} %.",
      FormatDuration(time.total), FormatDuration(outcome.forecast), FormatDuration(time.own()),
      time.total > 0 ? 100 * time.own() / time.total : 0));
  return page.Html();
}

}  // namespace dpr
