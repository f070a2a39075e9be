#!/usr/bin/env python3
"""Makes testdata/evaluation/: runs and judgements with trec_eval's values, and p values.

Made with pytrec-eval-terrier 0.5.11 (trec_eval 9), scipy 1.17.1, numpy 2.4.6.
    python tools/goldens/trec_metrics.py

trec_metrics.tsv, one record a line:
    case   NAME                                   a new case; all lines up to the next belong to it
    qrel   QUESTION  PASSAGE  RELEVANCE
    run    QUESTION  PASSAGE  SCORE
    value  QUESTION  METRIC   VALUE               pytrec_eval's; questions without results are absent
    mean   METRIC    VALUE                        over all questions of the judgements (trec_eval -c)
randomization.tsv, a case in three lines:
    a V V ... / b V V ... / p P exact|sampled     scipy.stats.permutation_test on the mean difference
bootstrap.tsv:
    values V V ... / interval LOW HIGH STANDARD_ERROR   of each end, from repeated scipy.stats.bootstrap
"""

import collections
import pathlib
import random

import numpy
import pytrec_eval
import scipy.stats

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "evaluation"
METRICS = {"ndcg_cut.1,5,10,100", "recip_rank", "map", "recall.5,20,100", "success.1,5,20,100", "P.1,5,20"}
VERSIONS = f"# pytrec-eval-terrier 0.5.11, scipy {scipy.__version__}, numpy {numpy.__version__}\n"


def score(kind, rng):
    if kind == "ties":
        return float(rng.randrange(4))
    if kind == "float32":  # pairs that only a 64-bit comparison tells apart, overflow and underflow
        return rng.choice([1.0, 1.0 + 1e-12, 1.0 - 1e-12, 1.0 + 1e-6, 0.0, -0.0, 1e-60, 1e300, 1e299, -1e300, 16777216.0, 16777217.0])
    return rng.uniform(-1, 1)


def make_case(kind, rng, questions, pool, retrieved, judged, grades):
    prefixes = ["d", "D", "doc-", "é", "文", "d0"]  # ids whose order differs by bytes, case and length
    passages = [f"{rng.choice(prefixes)}{i}" for i in range(pool)]
    qrel, run = collections.defaultdict(dict), {}
    for q in range(questions):
        question = f"q{q}"
        for passage in rng.sample(passages, rng.randrange(1, judged + 1)):
            qrel[question][passage] = rng.choice(grades)
        qrel[question][passages[0]] = max(0, qrel[question].get(passages[0], 0))
        chosen = rng.sample(passages, rng.randrange(1, retrieved + 1))
        run[question] = {passage: score(kind, rng) for passage in chosen}
    return dict(qrel), run


def cases():
    rng = random.Random(20200406)
    yield "plain", *make_case("plain", rng, 12, 40, 25, 8, [0, 1])
    yield "ties", *make_case("ties", rng, 12, 40, 25, 8, [0, 1])
    yield "float32", *make_case("float32", rng, 12, 30, 20, 8, [0, 1])
    yield "graded", *make_case("ties", rng, 12, 40, 25, 12, [0, 1, 2, 3, 10])
    yield "negative", *make_case("ties", rng, 12, 40, 25, 12, [-2, -1, 0, 1, 2])
    yield "no_relevant", *make_case("plain", rng, 3, 20, 10, 4, [0])
    yield "long", *make_case("plain", rng, 2, 260, 250, 130, [0, 1, 2])
    qrel, run = make_case("ties", rng, 10, 40, 25, 8, [0, 1, 2])
    for question in ["q1", "q4"]:
        del run[question]  # judged, no results
    run["q7"] = {}
    run["not-judged"] = {"d1": 1.0}
    yield "missing", qrel, run


def write_metrics():
    with open(FOLDER / "trec_metrics.tsv", "w") as out:
        out.write(VERSIONS)
        for name, qrel, run in cases():
            values = pytrec_eval.RelevanceEvaluator(qrel, METRICS).evaluate(run)
            print("case", name, sep="\t", file=out)
            for question, judgements in qrel.items():
                for passage, relevance in judgements.items():
                    print("qrel", question, passage, relevance, sep="\t", file=out)
            for question, scores in run.items():
                for passage, value in scores.items():
                    print("run", question, passage, repr(value), sep="\t", file=out)
            metrics = sorted(next(iter(values.values())))
            for question in sorted(values):
                for metric in metrics:
                    print("value", question, metric, f"{values[question][metric]:.10g}", sep="\t", file=out)
            for metric in metrics:
                mean = sum(v[metric] for v in values.values()) / len(qrel)
                print("mean", metric, f"{mean:.10g}", sep="\t", file=out)


def mean_difference(x, y, axis=-1):
    return numpy.mean(x, axis=axis) - numpy.mean(y, axis=axis)


def write_randomization():
    rng = numpy.random.default_rng(7)
    samples = []
    for n in [2, 3, 5, 9, 12]:
        samples.append((rng.uniform(size=n).round(3), rng.uniform(size=n).round(3)))
    samples.append((rng.integers(0, 2, 14).astype(float), rng.integers(0, 2, 14).astype(float)))
    # Sums that are equal but for rounding: 0.1 + 0.2 and 0.3; and pairs without a difference.
    samples.append((numpy.array([0.1, 0.2, 0.3, 0.3, 0.7]), numpy.array([0.2, 0.1, 0.1, 0.5, 0.7])))
    samples.append((numpy.array([0.1, 0.2, 0.3, 0.6, 0.7]), numpy.array([0.0, 0.0, 0.6, 0.0, 0.7])))
    samples.append((numpy.array([1.0, 1, 1, 1, 1, 0, 1, 0, 1]), numpy.array([0.0, 0, 0, 0, 0, 1, 1, 0, 0])))
    for shift in [0.0, 0.05, 0.15]:
        a = rng.uniform(size=60).round(3)
        samples.append((a, (a + rng.normal(shift, 0.3, size=60)).round(3)))
    samples.append((rng.integers(0, 2, 120).astype(float), rng.integers(0, 2, 120).astype(float)))
    a = rng.uniform(size=300).round(2)
    samples.append((a, (a + rng.normal(0.03, 0.3, size=300)).round(2)))
    with open(FOLDER / "randomization.tsv", "w") as out:
        out.write(VERSIONS)
        for a, b in samples:
            exact = len(a) <= 16
            result = scipy.stats.permutation_test(
                (a, b), mean_difference, permutation_type="samples", alternative="two-sided", vectorized=True,
                n_resamples=numpy.inf if exact else 200000, batch=10000, rng=numpy.random.default_rng(1))
            print("a", *map(repr, a.tolist()), sep="\t", file=out)
            print("b", *map(repr, b.tolist()), sep="\t", file=out)
            print("p", f"{result.pvalue:.10g}", "exact" if exact else "sampled", sep="\t", file=out)


def write_bootstrap():
    rng = numpy.random.default_rng(11)
    with open(FOLDER / "bootstrap.tsv", "w") as out:
        out.write(VERSIONS)
        for values in [rng.uniform(size=40).round(3), rng.integers(0, 2, 75).astype(float), rng.exponential(size=30).round(3)]:
            ends = []
            for repeat in range(40):
                result = scipy.stats.bootstrap((values,), numpy.mean, method="percentile", n_resamples=10000,
                                               rng=numpy.random.default_rng(repeat))
                ends.append(list(result.confidence_interval))
            ends = numpy.array(ends)
            low, high = ends.mean(axis=0)
            print("values", *map(repr, values.tolist()), sep="\t", file=out)
            print("interval", f"{low:.6f}", f"{high:.6f}", f"{ends.std(axis=0, ddof=1).max():.6f}", sep="\t", file=out)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_metrics()
    write_randomization()
    write_bootstrap()
