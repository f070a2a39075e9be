"""Hybrid search beside its two parts, each as deep as the hybrid takes them.

The time is dpr's own of each question: encoding, ranking and fusing, without reading passages. The
collection is that of bench/start.py with BM25 added. Writes the page `hybrid` of docs/results.
"""
import argparse
import json
import subprocess

import common
import texts
from start import collection

DEPTH = 1000


def milliseconds(path, questions, *options):
    """The sum over all questions."""
    out = common.WORK / "hybrid.jsonl"
    subprocess.run([str(common.DPR), "search", str(path), "--questions", str(questions), "-o", str(out), "--quiet", *map(str, options)], check=True)
    with open(out, encoding="utf-8") as file:
        total = sum(json.loads(line)["milliseconds"] for line in file)
    out.unlink()
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=200)
    arguments = parser.parse_args()
    path = collection(arguments.passages)
    subprocess.run([str(common.DPR), "index", "-o", str(path), "--bm25"], check=True)
    asked = common.WORK / "hybrid-questions.txt"
    asked.write_text("\n".join(texts.questions(arguments.questions)) + "\n", encoding="utf-8")
    raw = common.alternate({
        "dense": lambda: milliseconds(path, asked, "--mode", "dense", "-k", DEPTH),
        "BM25": lambda: milliseconds(path, asked, "--mode", "bm25", "-k", DEPTH),
        "hybrid, rrf": lambda: milliseconds(path, asked, "--mode", "hybrid", "-k", 100),
        "dense, 2,000": lambda: milliseconds(path, asked, "--mode", "dense", "-k", 2 * DEPTH),
        "BM25, 2,000": lambda: milliseconds(path, asked, "--mode", "bm25", "-k", 2 * DEPTH),
        "hybrid, paper": lambda: milliseconds(path, asked, "--mode", "hybrid", "--fusion", "paper", "-k", 100),
        "hybrid, weighted": lambda: milliseconds(path, asked, "--mode", "hybrid", "--fusion", "weighted", "-k", 100)}, arguments.runs)
    parts = [a + b for a, b in zip(raw["dense"], raw["BM25"])]
    deep = [a + b for a, b in zip(raw["dense, 2,000"], raw["BM25, 2,000"])]

    def beside(name, values):
        return f"{common.ratio(values, deep if name == 'hybrid, paper' else parts):.2f}" if name.startswith("hybrid") else ""
    rows = [[name, f"{common.median(values) / arguments.questions:.2f}", beside(name, values)] for name, values in raw.items()]
    body = (f"{arguments.passages:,} passages, {arguments.questions} questions in one batch, lists of {DEPTH:,} (the paper's: 2,000); medians of {arguments.runs} alternating "
            "runs.\n\n" + common.table(["", "milliseconds a question", "beside both parts"], rows))
    common.write_results("hybrid", "Hybrid search", body, raw)


if __name__ == "__main__":
    main()
