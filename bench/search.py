"""Search: dpr beside the libraries that users would pick, on vectors of a real encoder, in one run.

exact  FAISS flat and dpr's exact search, in one batch and one question at a time.
approximate  hnswlib, FAISS HNSW, USearch, SVS Vamana and FAISS IVF-RaBitQ, each at many efforts, and dpr's graph and inverted
       file: questions a second in one batch at a recall@10 of .95 and .98, between the two efforts around it.

answers  with --collection: what an inverted file misses of nq-dev's answers.

Without --base and --queries: the first --count passages of the Wikipedia text by all-MiniLM-L6-v2 and 1,000 questions of
nq-dev, kept in WORK. Each run is a process of its own, so that no contestant's idle threads disturb the other. Writes the
page `search` of docs/results (or --name).
"""
import argparse
import csv
import json
import lzma
import math
import pathlib
import subprocess
import sys

import numpy as np

import common

RECALLS = (.95, .98)
EFFORTS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
PROBES = (16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512)
GRAPHS = ("hnswlib", "FAISS HNSW", "USearch f32", "USearch i8", "SVS Vamana")
COMPRESSED = ("FAISS IVF-RaBitQ",)
FIGURES = {"batch_qps": "batch, questions/s", "one_median_ms": "one question, median ms", "one_p99_ms": "one question, 99 % ms"}
PEERS = pathlib.Path(__file__).with_name("search_peers.py")


def passages(count):
    """Lines of the first passages: TITLE<TAB>TEXT."""
    path = common.WORK / f"wiki-{count}.tsv"
    if path.exists():
        return path
    done = 0
    with open(path.with_suffix(".part"), "w", encoding="utf-8") as out:
        for part in "aa", "ab", "ac", "ad":
            with lzma.open(common.DATA / f"wiki/psgs_w100-{part}.tsv.xz", "rt", encoding="utf-8", newline="") as file:
                rows = csv.reader(file, delimiter="\t")
                next(rows)
                for row in rows:
                    if done == count:
                        break
                    out.write(" ".join(row[2].split()) + "\t" + " ".join(row[1].split()) + "\n")
                    done += 1
    path.with_suffix(".part").rename(path)
    return path


def questions(count):
    path = common.WORK / f"nq-dev-{count}.txt"
    with open(common.DATA / "questions/nq-dev.qa.csv", encoding="utf-8", newline="") as file:
        texts = [row[0] for row in csv.reader(file, delimiter="\t")][:count]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def encoded(texts, *options):
    path = texts.with_suffix(".npy")
    if not path.exists():
        subprocess.run([str(common.DPR), "encode", str(texts), "--model", str(common.MODEL), "-o", str(path), "--quiet", *options], check=True)
    return path


def true_best(base, queries, k=100):
    """The rows of the best k of each question by dot product, for the peers' recall."""
    path = common.WORK / f"truth-{pathlib.Path(base).stem}-{pathlib.Path(queries).stem}.npy"
    if not path.exists():
        x, q = np.load(base, mmap_mode="r"), np.load(queries)
        scores = q @ np.asarray(x).T
        best = np.argpartition(-scores, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        np.save(path, np.take_along_axis(best, order, 1))
    return path


def peer(engine, arguments, truth):
    command = [sys.executable, str(PEERS), engine, "--base", arguments.base, "--queries", arguments.queries, "-k", str(arguments.k), "--threads",
               str(arguments.threads), "--truth", str(truth)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def speed_at(points, recall):
    """Questions a second at a recall, between the two measured around it (on a logarithmic scale of speed); None: not reached."""
    best = None
    for low, high in zip(points, points[1:]):
        if low["recall_10"] <= recall <= high["recall_10"]:
            width = high["recall_10"] - low["recall_10"]
            share = (recall - low["recall_10"]) / width if width > 0 else 1
            best = math.exp((1 - share) * math.log(low["batch_qps"]) + share * math.log(high["batch_qps"]))
            break
    if best is None and points[0]["recall_10"] >= recall:
        best = points[0]["batch_qps"]  # its least effort finds more
    return best


def exact(arguments, truth):
    same = ["--base", arguments.base, "--queries", arguments.queries, "-k", arguments.k, "--threads", arguments.threads]
    contestants = {"dpr": lambda: common.dpr_json("bench", "search", *same),
                   "FAISS flat": lambda: peer("FAISS flat", arguments, truth)}
    return common.alternate(contestants, arguments.runs)


def exact_part(raw, arguments):
    rows = []
    for figure, label in FIGURES.items():
        ours = [run[figure] for run in raw["dpr"]]
        theirs = [run["points"][0][figure] for run in raw["FAISS flat"]]
        faster = common.ratio(ours, theirs) if figure == "batch_qps" else common.ratio(theirs, ours)
        cells = [f"{common.median(v):,.1f} ({min(v):,.1f} to {max(v):,.1f})" for v in (ours, theirs)]
        rows.append([label, *cells, f"{faster:.2f}"])
    count, dimensions = np.load(arguments.base, mmap_mode="r").shape
    run = raw["dpr"][0]
    read = 1e-6 * count * run["bytes_per_vector"] / common.median([r["one_median_ms"] for r in raw["dpr"]])
    recall = min(r["recall_100"] for r in raw["dpr"])
    return ("## Exact\n\n" f"{arguments.runs} alternating runs, their medians and range; FAISS {raw['FAISS flat'][0]['version']}.\n\n"
            + common.table(["", "dpr", "FAISS flat", "dpr is faster by"], rows)
            + f"\n\n- beside scoring every row and sorting, dpr's recall@100 is {recall:.4f}\n"
            f"- a question of the batch reads {run['exact_vectors_read']:,.0f} exact vectors of {dimensions} dimensions, and every code\n"
            f"- one question reads codes at {read:,.1f} GB/s")


def approximate(arguments, truth):
    same = ["--base", arguments.base, "--queries", arguments.queries, "-k", arguments.k, "--threads", arguments.threads]

    def ours(kind, efforts):
        return lambda: common.dpr_json("bench", "search", *same, "--index", kind, "--efforts", ",".join(map(str, efforts)))
    contestants = {"dpr graph": ours("graph", EFFORTS), "dpr inverted": ours("inverted", PROBES)}
    contestants.update({name: lambda name=name: peer(name, arguments, truth) for name in (*GRAPHS, *COMPRESSED)})
    return common.alternate(contestants, arguments.ann_runs)


def verdict(ours, peers, speeds, recall, i):
    there = {name: speeds[name][i] for name in peers if speeds[name][i] is not None}
    if speeds[ours][i] is None or not there:
        return f"- at recall@10 of {recall} {ours} has nothing to be compared with"
    best = max(there, key=there.get)
    return f"- at recall@10 of {recall}: {ours} {speeds[ours][i] / there[best]:.2f} times {best}" + (", the best of them" if len(there) > 1 else "")


def approximate_part(raw, arguments):
    rows, speeds = [], {}
    for name, runs in raw.items():
        at = [[speed_at(run["points"], recall) for run in runs] for recall in RECALLS]
        speeds[name] = [common.median(values) if None not in values else None for values in at]
        build = common.median([run["build_seconds"] for run in runs])
        memory = runs[0].get("bytes_per_vector")
        rows.append([name, f"{build:,.1f}", "" if memory is None else f"{memory:,.1f}",
                     *("-" if value is None else f"{value:,.0f}" for value in speeds[name]),
                     f"{max(point['recall_10'] for point in runs[0]['points']):.4f}"])
    built = {name: common.median([run["build_seconds"] for run in runs]) for name, runs in raw.items()}
    lines = [f"- dpr's graph was built in {built['dpr graph'] / built['hnswlib']:.2f} of hnswlib's time, its inverted file in "
             f"{built['dpr inverted'] / built['hnswlib']:.2f}"]
    for title, ours, peers in (("Graphs", "dpr graph", GRAPHS), ("Compressed", "dpr inverted", COMPRESSED),
                               ("Whatever finds it", "dpr inverted", (*GRAPHS, *COMPRESSED))):
        lines += [f"- {title}:", *("  " + verdict(ours, peers, speeds, recall, i) for i, recall in enumerate(RECALLS))]
    return ("## Approximate\n\n" f"Top {arguments.k} asked for; questions a second in one batch at a recall@10, between the two efforts measured around it. "
            "hnswlib: M 16, construction effort 200; FAISS HNSW: M 32, 200; USearch: 16, 200; SVS: degree 32, window 200; FAISS IVF-RaBitQ: 4 sqrt(n) "
            "lists, 4 times as many refined by exact vectors. Bytes: of a vector, that dpr's searches keep in memory.\n\n"
            + common.table(["", "build, s", "bytes", *(f"recall@10 {recall}" for recall in RECALLS), "highest recall@10"], rows)
            + "\n\n" + "\n".join(lines))


def answers(arguments, truth):
    """What missing a few rows does to answers: `dpr eval` by an inverted file for a recall of .95, and exactly."""
    if not arguments.collection:
        return None
    asked, where = common.DATA / "questions/nq-dev.qa.csv", ["eval", arguments.collection, "--mode", "dense"]
    made = common.dpr_json("optimize", arguments.collection, "--ann", "inverted", "--recall", .95, "--questions", asked)
    return {"made": made, "approximate": common.dpr_json(*where, "--questions", asked),
            "exact": common.dpr_json(*where, "--questions", asked, "--exact")}


def answers_part(raw, arguments):
    if raw is None:
        return "## Answers\n\nNot measured: --collection names none."
    rows = [[name, *(f"{raw[name][f'top_{k}']:.4f}" for k in (1, 5, 20, 100))] for name in ("exact", "approximate")]
    recall = raw["made"]["recall"]
    return (f"## Answers\n\nnq-dev's {raw['exact']['questions']:,} questions over a collection, the share with an answer among the best passages; an "
            f"inverted file for a recall of .95, which has {recall['recall_10']:.3f} of the best 10 and {recall['recall_100']:.3f} of the best 100 of the "
            "half of the questions that it was not tuned on.\n\n" + common.table(["", "top 1", "top 5", "top 20", "top 100"], rows))


PARTS = {"exact": (exact, exact_part), "approximate": (approximate, approximate_part), "answers": (answers, answers_part)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="passages' vectors, .npy")
    parser.add_argument("--queries", help="questions' vectors, .npy")
    parser.add_argument("--count", type=int, default=200_000, help="passages, without --base")
    parser.add_argument("-k", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5, help="of exact search")
    parser.add_argument("--ann-runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--collection", help="a collection of Wikipedia passages, for answers; an index is added to it")
    parser.add_argument("--name", default="search", help="of the page")
    arguments = parser.parse_args()
    common.WORK.mkdir(parents=True, exist_ok=True)
    arguments.base = arguments.base or str(encoded(passages(arguments.count)))
    arguments.queries = arguments.queries or str(encoded(questions(1000), "--question"))
    truth = true_best(arguments.base, arguments.queries)
    raw = {part: PARTS[part][0](arguments, truth) for part in arguments.parts}
    count, dimensions = np.load(arguments.base, mmap_mode="r").shape
    body = (f"{count:,} x {dimensions}, {len(np.load(arguments.queries, mmap_mode='r')):,} questions, top {arguments.k}, {arguments.threads} "
            "threads.\n\n" + "\n\n".join(PARTS[part][1](raw[part], arguments) for part in arguments.parts))
    common.write_results(arguments.name, "Search", body, raw, script="search")


if __name__ == "__main__":
    main()
