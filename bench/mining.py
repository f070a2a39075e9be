"""Mining training examples: 8,000 real questions with answers over all 655,223 Wikipedia passages.

Each run is a process of its own, from opening the collection to the written file; the collection, BM25
alone, is made before. Writes the page `mining` of docs/results.
"""
import argparse
import json
import subprocess

import common
import texts

LIMIT_SECONDS = 600
KINDS = ["bm25", "bm25,random,gold"]


def collection(passages):
    """A collection with BM25 alone, made once."""
    path = common.WORK / f"wiki-bm25-{passages}.dpr"
    if not path.exists():
        subprocess.run([str(common.DPR), "index", str(texts.passages_tsv(passages)), "-o", str(path), "--bm25"], check=True)
    return path


def mine(path, asked, kinds):
    out = common.WORK / "mined.jsonl"
    out.unlink(missing_ok=True)
    run = common.measured(common.DPR, "mine", path, "--questions", asked, "-o", out, "--negatives", kinds, "--json", "--quiet")
    counts = json.loads(run.pop("out"))
    return {**run, "questions": counts["questions"], "examples": counts["examples"], "output_bytes": out.stat().st_size}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--passages", type=int, default=655_223)
    parser.add_argument("--questions", type=int, default=8000)
    arguments = parser.parse_args()
    path, asked = collection(arguments.passages), texts.answered_questions(arguments.questions)
    raw = common.alternate({kinds: lambda kinds=kinds: mine(path, asked, kinds) for kinds in KINDS}, arguments.runs)
    rows = []
    for kinds, runs in raw.items():
        seconds = [run["seconds"] for run in runs]
        rows.append([kinds, f"{common.median(seconds):.1f}", f"{min(seconds):.1f} to {max(seconds):.1f}",
                     f"{arguments.questions / common.median(seconds):,.0f}", f"{runs[0]['examples']:,}",
                     f"{max(run['peak_memory_bytes'] for run in runs) / 1e6:,.0f}"])
    body = (f"{arguments.questions:,} questions of nq-dev with their answers, {arguments.passages:,} passages, up to 30 negatives of each kind among the best "
            f"100; medians of {arguments.runs} alternating runs. The goal is {LIMIT_SECONDS} seconds.\n\n"
            + common.table(["negatives", "seconds", "range", "questions/s", "examples", "peak memory, MB"], rows))
    common.write_results("mining", "Mining", body, raw)


if __name__ == "__main__":
    main()
