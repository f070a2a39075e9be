"""From a fresh process to the first answer on 200,000 passages, page cache warm, model load included.

Writes the page `start` of docs/results.
"""
import argparse
import json
import subprocess
import time

import common
import texts


def collection(count):
    """A collection of `count` passages, made once."""
    path = common.WORK / f"wiki-{count}.dpr"
    subprocess.run([str(common.DPR), "index", str(texts.passages_tsv(count)), "-o", str(path), "--model", str(common.MODEL)], check=True)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--passages", type=int, default=200_000)
    arguments = parser.parse_args()
    path = collection(arguments.passages)
    questions = texts.questions(arguments.runs + 1)

    def once(question):
        begin = time.perf_counter()
        out = subprocess.run([str(common.DPR), "search", str(path), question, "--json"], check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "search_milliseconds": json.loads(out.stdout)["milliseconds"]}

    once(questions[0])
    raw = [once(question) for question in questions[1:]]
    whole = [run["seconds"] for run in raw]
    inside = [run["search_milliseconds"] for run in raw]
    rows = [["process start to answer, seconds", f"{common.median(whole):.3f}", f"{min(whole):.3f}", f"{max(whole):.3f}"],
            ["of that: encoding the question, search, texts, milliseconds", f"{common.median(inside):.1f}", f"{min(inside):.1f}", f"{max(inside):.1f}"]]
    body = f"{arguments.passages:,} passages of 384 dimensions, a new question each run.\n\n" + common.table(["", "median", "least", "most"], rows)
    common.write_results("start", "From a fresh process to the first answer", body, raw)


if __name__ == "__main__":
    main()
