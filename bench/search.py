"""Exact search: dpr beside FAISS flat, in one batch and one question at a time, on the same vectors.

Without --base and --queries: 200,000 vectors of 384 dimensions and norm 1 around 2,000 centres, as
sentence encoders give them, and 1,000 questions of the same kind. Each run is a process of its own,
so that no contestant's idle threads disturb the other. Writes the page `search` of docs/results.
"""
import argparse
import json
import subprocess
import sys
import time

import numpy as np

import common

FIGURES = {"batch_qps": "batch, questions/s", "one_median_ms": "one question, median ms", "one_p99_ms": "one question, 99 % ms"}
ONE_AT_A_TIME = 200


def vectors(name, count, dimensions, seed):
    path = common.WORK / f"{name}-{count}x{dimensions}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        centres = np.random.default_rng(0).standard_normal((2000, dimensions), np.float32)
        random = np.random.default_rng(seed)
        x = centres[random.integers(0, len(centres), count)] + .8 * random.standard_normal((count, dimensions), np.float32)
        np.save(path, x / np.linalg.norm(x, axis=1, keepdims=True))
    return path


def faiss_flat(base, queries, k, threads):
    """One run of FAISS: what it prints is read by `main` of the process that started it."""
    import faiss
    faiss.omp_set_num_threads(threads)
    x, q = np.load(base), np.load(queries)
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)
    index.search(q[:8], k)
    begin = time.perf_counter()
    index.search(q, k)
    batch = time.perf_counter() - begin
    each = []
    for i in range(min(len(q), ONE_AT_A_TIME)):
        begin = time.perf_counter()
        index.search(q[i:i + 1], k)
        each.append(1000 * (time.perf_counter() - begin))
    print(json.dumps({"batch_qps": len(q) / batch, "one_median_ms": float(np.median(each)),
                      "one_p99_ms": float(np.quantile(each, .99)), "version": faiss.__version__}))


def page(raw, arguments):
    rows = []
    for figure, label in FIGURES.items():
        values = {name: [run[figure] for run in runs] for name, runs in raw.items()}
        ours, theirs = values["dpr"], values["FAISS flat"]
        faster = common.ratio(ours, theirs) if figure == "batch_qps" else common.ratio(theirs, ours)
        cells = [f"{common.median(v):,.1f} ({min(v):,.1f} to {max(v):,.1f})" for v in (ours, theirs)]
        rows.append([label, *cells, f"{faster:.2f}"])
    count, dimensions = np.load(arguments.base, mmap_mode="r").shape
    asked = len(np.load(arguments.queries, mmap_mode="r"))
    recall = min(run["recall_100"] for run in raw["dpr"])
    read = 4e-6 * count * dimensions / common.median([run["one_median_ms"] for run in raw["dpr"]])
    return (f"{count:,} x {dimensions}, {asked:,} questions, top {arguments.k}, {arguments.threads} threads, "
            f"FAISS {raw['FAISS flat'][0]['version']}. Medians of {arguments.runs} alternating runs, and their range.\n\n"
            + common.table(["", "dpr", "FAISS flat", "dpr is faster by"], rows)
            + f"\n\n- dpr's results beside scoring every row and sorting: recall {recall:.4f}\n"
            f"- one question reads {read:,.1f} GB/s\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="passages' vectors, .npy")
    parser.add_argument("--queries", help="questions' vectors, .npy")
    parser.add_argument("-k", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--faiss-run", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.faiss_run:
        return faiss_flat(arguments.base, arguments.queries, arguments.k, arguments.threads)
    arguments.base = arguments.base or str(vectors("passages", 200_000, 384, 1))
    arguments.queries = arguments.queries or str(vectors("questions", 1000, 384, 2))
    same = ["--base", arguments.base, "--queries", arguments.queries, "-k", str(arguments.k), "--threads", str(arguments.threads)]

    def peer():
        command = [sys.executable, __file__, "--faiss-run", *same]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    contestants = {"dpr": lambda: common.dpr_json("bench", "search", *same), "FAISS flat": peer}
    raw = common.alternate(contestants, arguments.runs)
    common.write_results("search", "Exact search", page(raw, arguments), raw)


if __name__ == "__main__":
    main()
