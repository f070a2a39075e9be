#include "dpr/report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dpr/report/interval_chart.h"
#include "dpr/report/line_chart.h"
#include "dpr/report/well_formed_for_test.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A page with one of everything, each text being `text`.
HtmlPage PageOf(const std::string& text) {
  HtmlPage page(text);
  page.SetBadge(text, Tone::kGood);
  page.SetSubtitle(text);
  page.AddHeading(text);
  page.AddParagraph(text);
  page.AddCode(text);
  page.AddList({text, text});
  page.AddKeyFigures({{text, text, text}, {text, text, ""}});
  page.AddDefinitions({{text, text}});
  Table table({{text}, {text, Align::kRight}});
  table.AddRow({text, text});
  page.AddTable(table);
  LineChart chart;
  chart.title = chart.note = chart.x_name = chart.y_name = text;
  ChartSeries series;
  series.name = series.band_name = text;
  series.points = {{1, 2}, {2, 3}};
  chart.series.push_back(series);
  chart.markers.push_back({{1, 2}, text, 1});
  IntervalChart intervals;
  intervals.title = intervals.note = intervals.x_name = text;
  intervals.value_name = intervals.other_name = text;
  intervals.rows.push_back({text, 1, 0, 2, 1.5});
  intervals.references.push_back({1, text});
  page.AddFigures({DrawLineChart(chart), DrawIntervalChart(intervals)});
  return page;
}

TEST(WellFormedCheck, SeesWhatIsWrong) {
  EXPECT_EQ(WellFormedCheck::Problem("<a b=\"1 &lt;\"><c/>&amp;<![CDATA[<&]]></a>"), "");
  for (const char* wrong :
       {"<a>", "<a></b>", "<a b=1/>", "<a b=\"<\"/>", "a & b", "a < b", "&eacute;",
        "<a b=\"1\" b=\"2\"/>", "<a b=\"1", "<![CDATA[ ", "\x01", "</a>"}) {
    EXPECT_NE(WellFormedCheck::Problem(wrong), "") << wrong;
  }
}

TEST(HtmlPage, IsWellFormed) {
  EXPECT_EQ(WellFormedCheck::Problem(PageOf("loss").Html()), "");
  EXPECT_EQ(WellFormedCheck::Problem(HtmlPage("").Html()), "");
}

TEST(HtmlPage, EscapesEveryText) {
  const std::string html = PageOf("</style></script>]]><b a='\"\x01\xff&").Html();
  EXPECT_EQ(WellFormedCheck::Problem(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<b a")));
  EXPECT_THAT(html, Not(HasSubstr("</style></script>")));
  EXPECT_THAT(html,
              HasSubstr("&lt;/style&gt;&lt;/script&gt;]]&gt;&lt;b a=&#39;&quot; \uFFFD&amp;"));
}

TEST(HtmlPage, NeedsNothingFromElsewhere) {
  const std::string html = PageOf("loss").Html();
  for (const char* reference : {"src=", "href=", "url(", "@import", "@font-face", "fetch("}) {
    EXPECT_THAT(html, Not(HasSubstr(reference)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(HtmlPage, HasAScriptOnlyForFigures) {
  EXPECT_THAT(PageOf("loss").Html(), HasSubstr("<script>"));
  HtmlPage page("numbers");
  page.AddParagraph("none");
  EXPECT_THAT(page.Html(), Not(HasSubstr("<script>")));
}

TEST(HtmlPage, KeepsTheOrderOfItsParts) {
  HtmlPage page("t");
  page.AddHeading("first");
  page.AddParagraph("second");
  page.AddDefinitions({{"third", "3"}});
  const std::string html = page.Html();
  EXPECT_LT(html.find("first"), html.find("second"));
  EXPECT_LT(html.find("second"), html.find("third"));
}

TEST(HtmlPage, LeavesOutWhatIsEmpty) {
  HtmlPage page("t");
  page.AddList({});
  page.AddKeyFigures({});
  page.AddDefinitions({});
  page.AddFigures({});
  EXPECT_THAT(page.Html(), HasSubstr("<main>\n</main>"));
}

}  // namespace
}  // namespace dpr
