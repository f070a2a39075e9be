// The report of experiments: what was asked, what was run, what was found, beside what the paper
// and others reported. Internal to `experiments`.
#pragma once

#include <string>

#include "dpr/experiments/reproduce.h"
#include "dpr/report/html_page.h"

namespace dpr {

// A self-contained page of the experiments that `outcome` has findings of.
std::string ReportPage(const ReproduceRequest& request, const ReproduceOutcome& outcome,
                       const StepStore& store);

// The parts of an experiment, in their order on the page.
void AddSetup(const ExperimentSteps& experiment, const ReproduceRequest& request, HtmlPage& page);
void AddTables(const ExperimentSteps& experiment, const ExperimentFindings& findings, Size size,
               HtmlPage& page);
void AddCharts(const ExperimentSteps& experiment, const ExperimentFindings& findings,
               HtmlPage& page);
void AddTraining(const ExperimentSteps& experiment, const StepStore& store, HtmlPage& page);
void AddTime(const ExperimentSteps& experiment, const StepStore& store, HtmlPage& page);

}  // namespace dpr
