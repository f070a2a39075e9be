"""Growth: what an inverted file costs as passages become many, and what that projects to at 21 million.

real        prefixes of --base, a real encoder's vectors.
synthetic   more and wider ones (--width numbers), made from --base: each row is a real one moved along the difference of two
            others of its cluster, embedded at random into more dimensions. How far rows are moved is calibrated: from a
            tenth of 200,000 real rows ten times as many are made, whose best scores for the real questions, and recall
            against effort, are then those of the 200,000 real ones to .02; the page says how well.

Every size is built in files and searched in a process of its own, which a memory group limits to --memory (Linux control
groups, so root): what counts is all that the group holds, mapped pages too. Writes the page `growth` of docs/results.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np

import common
import search

FOLDER = common.WORK / "growth"
EFFORTS = (32, 64, 128, 256, 512)
RANKS = (1, 10, 100)
WANTED, GOAL_QUESTIONS, TARGET = 21_015_324, 995, .95
MOVES = (.3, .5, .6, .7, .8, .9, 1.0, 1.2)
CALIBRATION, SHARE = 200_000, 10
CHUNK = 100_000


class MemoryGroup:
    """A control group of version 1 or 2 with a limit, for the processes that enter it."""

    def __init__(self, limit):
        v1 = pathlib.Path("/sys/fs/cgroup/memory")
        self.path = (v1 if v1.is_dir() else pathlib.Path("/sys/fs/cgroup")) / f"dpr-growth-{os.getpid()}"
        self.peak_file = "memory.max_usage_in_bytes" if v1.is_dir() else "memory.peak"
        self.path.mkdir()
        (self.path / ("memory.limit_in_bytes" if v1.is_dir() else "memory.max")).write_text(str(limit))

    def run(self, command):
        script = f"echo $$ > {self.path}/cgroup.procs && exec \"$@\""
        done = subprocess.run(["sh", "-c", script, "sh", *map(str, command)], check=True, capture_output=True, text=True)
        return json.loads(done.stdout), int((self.path / self.peak_file).read_text())

    def close(self):
        self.path.rmdir()


def clusters(base, count=256, passes=5):
    """The rows of each of a few clusters: what a row may be moved along."""
    chance = np.random.default_rng(7)
    sample = base[np.sort(chance.choice(len(base), min(len(base), 20_000), replace=False))]
    centres = sample[chance.choice(len(sample), count, replace=False)].copy()
    for _ in range(passes):
        nearest = np.argmax(sample @ centres.T - .5 * (centres * centres).sum(1), axis=1)
        for c in np.unique(nearest):
            centres[c] = sample[nearest == c].mean(0)
    nearest = np.concatenate([np.argmax(base[i:i + CHUNK] @ centres.T - .5 * (centres * centres).sum(1), axis=1) for i in range(0, len(base), CHUNK)])
    order = np.argsort(nearest, kind="stable")
    begins = np.searchsorted(nearest[order], np.arange(count + 1))
    return nearest, order, begins


def embedding(width, wide):
    """[width, wide], orthonormal rows: scores stay what they are."""
    return np.linalg.qr(np.random.default_rng(3).standard_normal((wide, width)))[0].T.astype(np.float32)


def synthetic(base, rows, wide, move, path, seed=1):
    """`rows` vectors of `wide` numbers and length 1, a chunk at a time."""
    nearest, order, begins = clusters(base)
    into = embedding(base.shape[1], wide) if wide != base.shape[1] else None
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, wide))
    for first in range(0, rows, CHUNK):
        chance = np.random.default_rng((seed, first))
        count = min(CHUNK, rows - first)
        start = np.arange(first, first + count) % len(base)
        mine = nearest[start]
        size = np.maximum(begins[mine + 1] - begins[mine], 1)
        one, other = (base[order[begins[mine] + (chance.random(count) * size).astype(np.int64)]] for _ in range(2))
        made = base[start] + move * np.float32(2 ** -.5) * (one - other)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        out[first:first + count] = made if into is None else made @ into
    out.flush()
    return path


def best_scores(path, queries, depth=100):
    """Mean scores of the best, the tenth and the hundredth row of each question."""
    x = np.load(path, mmap_mode="r")
    best = np.full((len(queries), depth), -np.inf, np.float32)
    for first in range(0, len(x), CHUNK):
        both = np.concatenate([best, queries @ x[first:first + CHUNK].T], axis=1)
        best = -np.sort(np.partition(-both, depth - 1, axis=1)[:, :depth], axis=1)
    return [float(best[:, rank - 1].mean()) for rank in RANKS]


def recalls(path, queries_path):
    run = common.dpr_json("bench", "search", "--base", path, "--queries", queries_path, "--index", "inverted", "--efforts", ",".join(map(str, EFFORTS)))
    return [point["recall_10"] for point in run["points"]]


def calibrated(base, queries_path):
    """How far to move rows, and what comes of it beside the real ones."""
    queries, real = np.load(queries_path), FOLDER / "real.npy"
    np.save(real, base[:CALIBRATION])
    wanted, tries = best_scores(real, queries), {}
    for move in MOVES:
        made = synthetic(np.ascontiguousarray(base[:CALIBRATION:SHARE]), CALIBRATION, base.shape[1], move, FOLDER / "made.npy")
        tries[move] = best_scores(made, queries)
    move = min(tries, key=lambda m: max(abs(a - b) for a, b in zip(tries[m], wanted)))
    made = synthetic(np.ascontiguousarray(base[:CALIBRATION:SHARE]), CALIBRATION, base.shape[1], move, FOLDER / "made.npy")
    result = {"move": move, "scores": {"real": wanted, "synthetic": tries[move]},
              "recall": {"real": recalls(real, queries_path), "synthetic": recalls(made, queries_path)}}
    for path in (real, FOLDER / "made.npy"):
        path.unlink()
    return result


def measured(name, base, queries, limit):
    """Built and searched in a limited group; a second process is measured, since building is over then."""
    work = FOLDER / f"{name}.index"
    command = [common.DPR, "bench", "search", "--base", base, "--queries", queries, "--index", "inverted", "--work", work, "--recall", TARGET, "-k", 20,
               "--json", "--quiet"]
    runs = []
    for _ in range(2):
        group = MemoryGroup(limit)
        try:
            run, peak = group.run(command)
        finally:
            group.close()
        runs.append({**run, "group_peak_bytes": peak})
    shutil.rmtree(work)
    rows, width = np.load(base, mmap_mode="r").shape
    return {"name": name, "rows": rows, "width": width, "build_seconds": runs[0]["build_seconds"], "build_peak_bytes": runs[0]["group_peak_bytes"],
            **{key: runs[1][key] for key in ("batch_qps", "one_median_ms", "recall_10", "effort", "bytes_per_vector", "group_peak_bytes")}}


def plot(rows, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7))
    series = {"real": [r for r in rows if r["name"].startswith("real")], "synthetic": [r for r in rows if not r["name"].startswith("real")]}
    for axis, (key, label, scale) in zip(axes.flat, (("build_seconds", "build, s", 1), ("group_peak_bytes", "memory while searching, GB", 1e-9),
                                                     ("batch_qps", "questions/s in a batch", 1), ("recall_10", "recall@10", 1))):
        for name, points in series.items():
            axis.plot([p["rows"] for p in points], [scale * p[key] for p in points], marker="o", label=name)
        axis.set_xscale("log")
        axis.set_yscale("linear" if key == "recall_10" else "log")
        axis.set_xlabel("vectors")
        axis.set_ylabel(label)
        axis.grid(alpha=.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path)


def projected(rows, key):
    """At WANTED rows, by the slope on logarithmic scales of the last two sizes."""
    a, b = rows[-2:]
    slope = np.log(b[key] / a[key]) / np.log(b["rows"] / a["rows"])
    return float(b[key] * (WANTED / b["rows"]) ** slope), float(slope)


def page(raw):
    calibration = raw["calibration"]
    rows = [[r["name"], f"{r['rows']:,} x {r['width']}", f"{r['build_seconds']:,.1f}", f"{r['build_peak_bytes'] / 1e9:.2f}", f"{r['group_peak_bytes'] / 1e9:.2f}",
             f"{r['bytes_per_vector']:.1f}", f"{r['effort']:,}", f"{r['recall_10']:.3f}", f"{r['batch_qps']:,.0f}", f"{r['one_median_ms']:.2f}"] for r in raw["sizes"]]
    lines = []
    wide = [r for r in raw["sizes"] if not r["name"].startswith("real")]
    if len(wide) > 1:
        for key, label, form in (("batch_qps", "questions a second", "{:,.0f}"), ("group_peak_bytes", "bytes in memory", "{:,.0f}"),
                                 ("build_seconds", "seconds of building", "{:,.0f}")):
            value, slope = projected(wide, key)
            lines.append(f"- {label}: {form.format(value)} (growing with the power {slope:.2f} of the rows)")
    return ("An inverted file over one bit a number, top 20, an effort for a recall@10 of .95 on half of the questions; what is told is of all. Memory is the "
            f"peak of a control group limited to {raw['limit'] / 1e9:.0f} GB, mapped pages counted.\n\n"
            + common.table(["", "vectors", "build, s", "GB while building", "GB while searching", "bytes a vector", "lists scanned", "recall@10",
                            "questions/s", "one, ms"], rows)
            + "\n\n![growth](growth.svg)\n\n" + (f"Projected to {WANTED:,} x {wide[-1]['width']} from the last two sizes (goal: {GOAL_QUESTIONS} questions a second, "
                                                 "at most 4 GB):\n\n" + "\n".join(lines) if lines else "")
            + f"\n\n## The synthetic vectors\n\nReal rows moved by {calibration['move']} of the difference of two others of their cluster. 200,000 made from every "
            "tenth of as many real rows, beside these:\n\n"
            + common.table(["", *(f"score of rank {rank}" for rank in RANKS), *(f"recall@10, {effort} lists" for effort in EFFORTS)],
                           [[name, *(f"{v:.3f}" for v in calibration["scores"][name]), *(f"{v:.3f}" for v in calibration["recall"][name])]
                            for name in ("real", "synthetic")]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="real vectors, .npy; default: those of bench/search.py")
    parser.add_argument("--queries", help="questions' vectors, .npy")
    parser.add_argument("--real", type=int, nargs="*", default=[50_000, 100_000, 200_000])
    parser.add_argument("--synthetic", type=int, nargs="*", default=[500_000, 2_000_000])
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--memory", type=float, default=4e9, help="bytes")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    base_path = arguments.base or str(search.encoded(search.passages(200_000)))
    queries_path = arguments.queries or str(search.encoded(search.questions(1000), "--question"))
    base, queries = np.load(base_path, mmap_mode="r"), np.load(queries_path)
    raw = {"limit": arguments.memory, "calibration": calibrated(base, queries_path), "sizes": []}
    for count in arguments.real:
        path = FOLDER / "prefix.npy"
        np.save(path, base[:count])
        raw["sizes"].append(measured(f"real {count:,}", path, queries_path, int(arguments.memory)))
        path.unlink()
    wide_queries = FOLDER / "queries.npy"
    np.save(wide_queries, queries @ embedding(base.shape[1], arguments.width))
    whole = np.asarray(base)
    for count in arguments.synthetic:
        path = synthetic(whole, count, arguments.width, raw["calibration"]["move"], FOLDER / "made.npy")
        raw["sizes"].append(measured(f"synthetic {count:,}", path, wide_queries, int(arguments.memory)))
        path.unlink()
    common.RESULTS.mkdir(parents=True, exist_ok=True)
    plot(raw["sizes"], common.RESULTS / "growth.svg")
    common.write_results("growth", "Growth", page(raw), raw)


if __name__ == "__main__":
    main()
