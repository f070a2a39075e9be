// The log of a training run that never was, for tests of the report: noisy curves of the shapes
// that real ones have.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace dpr {

inline std::string SampleStart(int steps) {
  return fmt::format(
      R"({{"kind":"start","time":"2026-11-22T21:00:00Z","version":"0.1.0",)"
      R"("command":"dpr train --model models/all-MiniLM-L6-v2 --data squad-train.jsonl --data mined.jsonl.gz )"
      R"(--dev squad-dev.jsonl -o runs/squad","machine":{{"cpu":"AMD EPYC 9R14","cores":2,"threads":2,)"
      R"("instructions":"AVX-512"}},"settings":{{"preset":"dpr-small","epochs":2,"batch":32,"hard_negatives":1,)"
      R"("other_negatives":0,"in_batch":true,"sample_positives":false,"mask_false_negatives":true,)"
      R"("similarity":"dot","scale":20,"learn_scale":false,"loss":"nll","margin":1,"pooling":"cls","dropout":0.1,)"
      R"("lr":2e-5,"warmup":0.1,"beta1":0.9,"beta2":0.999,"epsilon":1e-8,"weight_decay":0.01,"clip":1,"seed":12345,)"
      R"("dev_metric":"nll","dev_every":100,"patience":0}},"steps":{},)"
      R"("model":{{"folder":"models/all-MiniLM-L6-v2/","layers":6,"hidden":384,"parameters":45000000,"shared":false}},)"
      R"("data":[{{"file":"squad-train.jsonl","format":"DPR JSONL","examples":78713,"left_out":3,"positives":78713,)"
      R"("hard_negatives":78020,"without_hard_negatives":690,"sampling_rate":1,"loss_weight":1}},)"
      R"({{"file":"mined.jsonl.gz","format":"DPR JSONL","examples":10412,"left_out":0,"positives":10412,)"
      R"("hard_negatives":104120,"without_hard_negatives":0,"sampling_rate":0.5,"loss_weight":1}}],)"
      R"("dev":{{"file":"squad-dev.jsonl","format":"DPR JSONL","examples":8886,"left_out":0,"positives":8886}}}})"
      "\n",
      steps);
}

// Between -1 and 1, from the numbers alone.
inline double SampleNoise(int step, int stream) {
  const double x = std::sin(step * 12.9898 + stream * 78.233) * 43758.5453;
  return 2 * (x - std::floor(x)) - 1;
}

inline std::string SampleStep(int step, int steps) {
  const double part = double(step) / steps, noise = SampleNoise(step, 1);
  const double loss = (0.28 + 1.7 * std::exp(-14 * part)) * (1 + 0.35 * noise);
  const double accuracy = (0.93 - 0.5 * std::exp(-12 * part)) + 0.06 * SampleNoise(step, 2);
  const double rate = 2e-5 * std::min(part / 0.1, (1 - part) / 0.9);
  const double norm = std::exp(1.1 + 1.2 * std::exp(-8 * part) + 0.5 * SampleNoise(step, 3)) *
                      (step % 397 == 0 ? 6 : 1);
  const double speed = 4100 + 350 * SampleNoise(step, 4) - (step % 211 < 9 ? 1200 : 0);
  return fmt::format(
      R"({{"kind":"step","step":{},"epoch":{},"loss":{},"accuracy":{},"learning_rate":{},"gradient_norm":{},)"
      R"("positive_mean":{},"negative_mean":{},"negative_deviation":{},"scale":20,"examples":{},"tokens":{},)"
      R"("seconds":{},"examples_per_second":{},"tokens_per_second":{}}})"
      "\n",
      step, step * 32.0 / 89125, loss, std::round(std::clamp(accuracy, 0.0, 1.0) * 32) / 32, rate,
      norm, 14 + 9 * (1 - std::exp(-9 * part)) + 0.8 * SampleNoise(step, 5),
      12.5 - 7 * (1 - std::exp(-7 * part)) + 0.6 * SampleNoise(step, 6),
      2.1 + 0.9 * part + 0.2 * SampleNoise(step, 7), step * 32, step * 4270, step * 1.04,
      speed / 133, speed);
}

// `good`: from 0 to 1.
inline std::string SampleDev(int step, double good, bool best) {
  return fmt::format(
      R"({{"kind":"dev","step":{},"metric":"nll","value":{},"nll":{},"accuracy":{},"average_rank":{},)"
      R"("accuracy_1":{},"accuracy_5":{},"accuracy_20":{},"questions":8886,"pool":20963,"best":{}}})"
      "\n",
      step, 1.1 - 0.75 * good, 1.1 - 0.75 * good, 0.7 + 0.22 * good, 41.2 - 33 * good,
      0.31 + 0.24 * good, 0.52 + 0.26 * good, 0.68 + 0.22 * good, best);
}

inline std::string SampleEnd(int step, const std::string& reason) {
  return fmt::format(
      R"({{"kind":"end","step":{},"reason":"{}","seconds":{},"examples":{},"tokens":{},"collisions":12,)"
      R"("counts":{{"questions_truncated":0,"passages_truncated":214,"other_instead_of_hard":0,)"
      R"("missing_negatives":690,"collisions":12,"masked":1480}}}})"
      "\n",
      step, reason, step * 1.04, step * 32, step * 4270);
}

// From step `first` to `last` of `steps`, evaluated and saved every 100.
inline std::string SampleSteps(int first, int last, int steps) {
  std::string log;
  for (int step = first; step <= last; ++step) {
    log += SampleStep(step, steps);
    if (step % 100 != 0) continue;
    const double part = double(step) / steps;
    const double good = 1 - std::exp(-6 * part) - 0.12 * std::max(0.0, part - 0.6);
    log += SampleDev(step, good, part < 0.62);
    log += fmt::format("{{\"kind\":\"checkpoint\",\"step\":{}}}\n", step);
  }
  return log;
}

}  // namespace dpr
