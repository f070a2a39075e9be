#include "dpr/training/training_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/report/well_formed_for_test.h"
#include "dpr/training/training_report_charts.h"
#include "dpr/training/training_report_history.h"
#include "dpr/training/training_report_sample_for_test.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string PageOf(const std::string& log) {
  const std::string page = TrainingReportPage(StreamOf(log, "log.jsonl"));
  EXPECT_EQ(WellFormedCheck::Problem(page), "");
  return page;
}

std::string Badge(const std::string& page) {
  const size_t begin = page.find('>', page.find("<span class=\"badge")) + 1;
  return page.substr(begin, page.find('<', begin) - begin);
}

std::vector<std::string> Titles(const std::string& log) {
  TrainingHistory history;
  for (size_t at = 0; at < log.size(); at = log.find('\n', at) + 1) {
    history.AddLine(std::string_view(log).substr(at, log.find('\n', at) - at));
  }
  std::vector<std::string> titles;
  for (const Figure& figure : TrainingFigures(history)) titles.push_back(figure.title);
  return titles;
}

// From the figures on, which come from curves alone: what state the page names stands before them.
std::string Figures(const std::string& page) {
  const size_t begin = page.find("<div class=\"figures\">");
  return page.substr(begin, page.find("<h2>") - begin);
}

TEST(TrainingReport, ShowsAWholeRun) {
  const std::string log =
      SampleStart(1000) + SampleSteps(1, 1000, 1000) + SampleEnd(1000, "finished");
  const std::string page = PageOf(log);
  EXPECT_EQ(Badge(page), "finished");
  EXPECT_THAT(Titles(log),
              ::testing::ElementsAre("Loss", "Dev set: NLL", "Accuracy in the batch",
                                     "Dev set: accuracy over the pool", "Spread of the scores",
                                     "Gradient norm", "Learning rate", "Speed"));
  for (const char* part :
       {"Training from all-MiniLM-L6-v2", "begun 2026-11-22 21:00 UTC", "dpr 0.1.0",
        "best: 0.370 at step 600", "<dd class=\"value\">32,000</dd>", "17 min 20 s",
        "30.8 examples/s", "<dt>mask false negatives</dt><dd>yes</dd>",
        "<dt>passages truncated</dt><dd>214</dd>", "<dt>collisions</dt><dd>12</dd>",
        "<dt>last checkpoint</dt><dd>step 1,000</dd>", "AMD EPYC 9R14", "dpr train --model",
        "squad-train.jsonl", "78,713"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(TrainingReport, NamesTheStateOfTheRun) {
  const std::string begun = SampleStart(1000) + SampleSteps(1, 120, 1000);
  EXPECT_EQ(Badge(PageOf("")), "no step yet");
  EXPECT_EQ(Badge(PageOf(SampleStart(1000))), "no step yet");
  EXPECT_EQ(Badge(PageOf(begun)), "running: step 120 of 1,000");
  EXPECT_EQ(Badge(PageOf(begun + SampleEnd(120, "stopped"))), "stopped at step 120");
  EXPECT_EQ(Badge(PageOf(begun + SampleEnd(120, "early-stopping"))),
            "finished by early stopping at step 120");
  EXPECT_EQ(Badge(PageOf(begun + SampleEnd(120, "stopped") +
                         R"({"kind":"resume","step":120,"time":"2026-11-23T01:02:03Z"})" + "\n" +
                         SampleSteps(121, 130, 1000))),
            "running: step 130 of 1,000");
}

TEST(TrainingReport, HasTheCurvesOfARunNeverStoppedAfterAKill) {
  constexpr int kSteps = 2500;
  const std::string whole = SampleStart(kSteps) + SampleSteps(1, kSteps, kSteps);
  const std::string killed = SampleStart(kSteps) + SampleSteps(1, 1433, kSteps) +
                             R"({"kind":"resume","step":1400,"time":"2026-11-23T01:02:03Z"})" +
                             "\n" + SampleSteps(1401, kSteps, kSteps);
  const std::string page = PageOf(killed);
  EXPECT_THAT(page, HasSubstr("resumed once"));
  EXPECT_THAT(page, HasSubstr("<td>resumed, 2026-11-23 01:02 UTC</td>"));
  const std::string unstopped = PageOf(whole);
  EXPECT_EQ(page.substr(0, page.find("begun")), unstopped.substr(0, unstopped.find("begun")));
  EXPECT_EQ(Figures(page), Figures(unstopped));
}

TEST(TrainingReport, ForgetsTheBestThatALostPartFound) {
  const std::string log = SampleStart(1000) + SampleSteps(1, 400, 1000) +
                          R"({"kind":"resume","step":200})" + "\n" + SampleSteps(201, 250, 1000);
  EXPECT_THAT(PageOf(log), HasSubstr("at step 200"));
  EXPECT_THAT(PageOf(log), Not(HasSubstr("at step 400")));
}

TEST(TrainingReport, PassesOverALineThatAKillCutOff) {
  const std::string whole = SampleStart(1000) + SampleSteps(1, 60, 1000);
  const std::string next = SampleStep(61, 1000);
  const std::string page = PageOf(whole);
  for (size_t kept = 1; kept + 1 < next.size(); kept += 7) {
    EXPECT_EQ(PageOf(whole + next.substr(0, kept)), page) << kept;
  }
  const std::string start = SampleStart(1000);
  EXPECT_EQ(PageOf(start.substr(0, start.find("},\"settings") + 1)), PageOf(""));
  EXPECT_EQ(Badge(PageOf(whole + next.substr(0, next.size() - 1))), "running: step 61 of 1,000");
}

TEST(TrainingReport, CountsWhatItCannotRead) {
  const std::string page = PageOf("{\n[1]\n\"x\"\n{\"step\":1}\n{\"kind\":\"step\"}\n\xff\n\n" +
                                  std::string(5 << 20, 'x') + "\n" + SampleStep(1, 10));
  EXPECT_THAT(page, HasSubstr("left out: 7."));
  EXPECT_EQ(Badge(page), "running: step 1");
}

TEST(TrainingReport, PassesOverUnknownKindsAndMembers) {
  const std::string page = PageOf(
      "{\"kind\":\"weather\",\"sun\":true}\n"
      "{\"kind\":\"step\",\"step\":1,\"loss\":2,\"moon\":[1,{\"a\":2}],\"accuracy\":\"x\"}\n");
  EXPECT_EQ(Badge(page), "running: step 1");
  EXPECT_THAT(page, Not(HasSubstr("could not be read")));
}

TEST(TrainingReport, ShowsWhatIsThereWhenMuchIsMissing) {
  const std::string step = "{\"kind\":\"step\",\"step\":1,\"loss\":0.5}\n";
  EXPECT_THAT(Titles(step), ::testing::ElementsAre("Loss"));
  EXPECT_THAT(PageOf(step), Not(HasSubstr("nan")));
  PageOf(
      "{\"kind\":\"step\",\"step\":1,\"loss\":null}\n{\"kind\":\"step\",\"step\":2,\"loss\":1}\n");
  PageOf("{\"kind\":\"dev\",\"step\":1}\n{\"kind\":\"end\"}\n");
  PageOf("{\"kind\":\"start\",\"data\":7,\"dev\":[1,{}],\"model\":[],\"settings\":null}\n");
  PageOf(
      "{\"kind\":\"dev\",\"step\":5,\"metric\":\"nll\",\"value\":1,\"best\":true}\n"
      "{\"kind\":\"dev\",\"step\":3,\"metric\":\"average-rank\",\"value\":null,\"best\":1}\n");
}

TEST(TrainingReport, MarksTheBestAmongTheAccuraciesWhereThatDecides) {
  const std::string log =
      R"({"kind":"dev","step":10,"metric":"accuracy","value":0.5,"accuracy":0.9,"accuracy_1":0.2,)"
      R"("accuracy_5":0.5,"best":true})"
      "\n";
  EXPECT_THAT(Titles(log), ::testing::ElementsAre("Dev set: accuracy over the pool"));
  EXPECT_THAT(PageOf(log), HasSubstr("best: 0.500 at step 10"));
}

TEST(TrainingReport, EscapesWhatTheLogSays) {
  const std::string page =
      PageOf(R"({"kind":"start","command":"<script>1</script>","settings":{"<b>":{"&":"<i>"}},)"
             R"("model":{"folder":"a/<x>"},"data":[{"<f>":"<g>"}]})"
             "\n"
             R"({"kind":"note","step":3,"text":"<img src=x>"})"
             "\n"
             R"({"kind":"dev","step":1,"metric":"<m>","value":1,"<k>":2,"best":true})"
             "\n");
  for (const char* bare : {"<script>1", "<b>", "<i>", "<x>", "<f>", "<g>", "<img", "<m>", "<k>"}) {
    EXPECT_THAT(page, Not(HasSubstr(bare)));
  }
  EXPECT_THAT(page, HasSubstr("<td>&lt;img src=x&gt;</td>"));
}

TEST(TrainingReport, StaysSmallHoweverLongTheLog) {
  TrainingReport report;
  report.AddLine(SampleStart(60000));
  for (int step = 1; step <= 60000; ++step) {
    report.AddLine(SampleStep(step, 60000));
    if (step % 20 == 0) report.AddLine(SampleDev(step, double(step) / 60000, true));
    if (step % 50 == 0) report.AddLine("{\"kind\":\"note\",\"step\":1,\"text\":\"again\"}");
  }
  const std::string page = report.Page();
  EXPECT_EQ(WellFormedCheck::Problem(page), "");
  EXPECT_LT(page.size(), size_t{900} << 10);
  EXPECT_THAT(page, HasSubstr("The log has 1,000 more."));
}

TEST(TrainingReport, SurvivesDeepAndLargeRecords) {
  const std::string deep(100000, '[');
  PageOf("{\"kind\":\"start\",\"settings\":{\"a\":" + deep + std::string(100000, ']') + "}}\n");
  PageOf("{\"kind\":\"start\",\"settings\":" + deep + "\n");
  PageOf(
      "{\"kind\":\"step\",\"step\":1e308,\"loss\":1e308}\n{\"kind\":\"step\",\"step\":-1e308,"
      "\"loss\":-1e308}\n{\"kind\":\"step\",\"step\":1e308,\"seconds\":1e308,\"examples\":1e308}"
      "\n");
}

}  // namespace
}  // namespace dpr
