"""BM25: dpr beside a plain Xapian program (bench/plain_xapian.cc), and bm25s for the record.

Each run is a process of its own. Indexing is from the passages' file to the closed index; searching is
1,000 real questions, the best 100 each, from opening to the written run. Writes the page `bm25` of
docs/results.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import common
import texts

PLAIN = pathlib.Path(os.environ.get("DPR_PLAIN_XAPIAN", common.ROOT / "build/release/bench/plain_xapian"))


def timed(command):
    """Seconds and peak memory of a whole process."""
    result = common.measured(*command)
    del result["out"]
    return result


def questions_file(count):
    path = common.WORK / f"questions-{count}.txt"
    path.write_text("\n".join(texts.questions(count)) + "\n", encoding="utf-8")
    return path


def bm25s_run(passages, queries, k):
    """One run of bm25s: what it prints is read by `main` of the process that started it."""
    import csv
    import bm25s
    import Stemmer
    stemmer = Stemmer.Stemmer("english")
    begin = time.perf_counter()
    with open(passages, encoding="utf-8", newline="") as file:
        corpus = [f"{row['title']} {row['text']}" for row in csv.DictReader(file, delimiter="\t")]
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    model.index(bm25s.tokenize(corpus, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    indexed = time.perf_counter()
    asked = pathlib.Path(queries).read_text(encoding="utf-8").splitlines()
    tokens = bm25s.tokenize(asked, stopwords="en", stemmer=stemmer, show_progress=False)
    model.retrieve(tokens, k=k, show_progress=False, n_threads=2)
    print(json.dumps({"index_seconds": indexed - begin, "search_seconds": time.perf_counter() - indexed}))


def page(arguments, raw, ndocs, nquestions):
    rows = []
    for what, unit, count in (("index", "passages/s", ndocs), ("search", "questions/s", nquestions)):
        plain = [count / run["seconds"] for run in raw[what]["plain Xapian"]]
        for name, runs in raw[what].items():
            rates = [count / run["seconds"] for run in runs]
            memory = max((run.get("peak_memory_bytes", 0) for run in runs))
            rows.append([f"{what}, {unit}", name, f"{common.median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}",
                         f"{common.ratio(rates, plain):.2f}", f"{memory / 1e6:,.0f}" if memory else ""])
    return (f"{ndocs:,} passages, {nquestions:,} questions of nq-dev, top {arguments.k}. Medians of {arguments.runs} alternating runs.\n\n"
            + common.table(["", "program", "rate", "range", "beside plain Xapian", "peak memory, MB"], rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("-k", type=int, default=100)
    parser.add_argument("--bm25s-run", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bm25s_run:
        return bm25s_run(*arguments.bm25s_run, arguments.k)
    passages, asked = texts.passages_tsv(arguments.passages), questions_file(arguments.questions)
    ours, plain = common.WORK / "bm25.dpr", common.WORK / "bm25.xapian"

    def build(path, command):
        shutil.rmtree(path, ignore_errors=True)
        return timed(command)

    def search(threads):
        return timed([common.DPR, "search", ours, "--mode", "bm25", "--questions", asked, "-k", arguments.k, "-o", common.WORK / "bm25.trec",
                      "--threads", threads, "--quiet"])

    indexing = common.alternate({
        "dpr": lambda: build(ours, [common.DPR, "index", passages, "-o", ours, "--bm25", "--quiet"]),
        "plain Xapian": lambda: build(plain, [PLAIN, "index", passages, plain])}, arguments.runs)
    searching = common.alternate({
        "dpr, one thread": lambda: search(1), "dpr, two threads": lambda: search(2),
        "plain Xapian": lambda: timed([PLAIN, "search", plain, asked, arguments.k, common.WORK / "plain.trec"])}, arguments.runs)
    other = [json.loads(subprocess.run([sys.executable, __file__, "--bm25s-run", str(passages), str(asked), "-k", str(arguments.k)], check=True,
                                       capture_output=True, text=True).stdout) for _ in range(arguments.runs)]
    indexing["bm25s, in memory"] = [{"seconds": run["index_seconds"]} for run in other]
    searching["bm25s, in memory"] = [{"seconds": run["search_seconds"]} for run in other]
    raw = {"index": indexing, "search": searching}
    common.write_results("bm25", "BM25", page(arguments, raw, arguments.passages, arguments.questions), raw)


if __name__ == "__main__":
    main()
