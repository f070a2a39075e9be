"""Indexing: speed beside the encoder alone, and peak memory at two sizes.

Encoder-only speed is `dpr bench encode`, tokenising included, on every so many of the same passages,
since it goes over them six times. Writes the page `index` of docs/results.
"""
import argparse
import json
import shutil

import common
import texts

ENCODED = 1000  # passages that the encoder alone is measured on


def index(count):
    """One fresh build: seconds of the whole process, its own count, its peak memory in bytes."""
    path = common.WORK / "index-run.dpr"
    shutil.rmtree(path, ignore_errors=True)
    result = common.measured(common.DPR, "index", texts.passages_tsv(count), "-o", path, "--model", common.MODEL, "--json", "--quiet")
    return {"passages": count, "seconds": result["seconds"], "peak_memory_bytes": result["peak_memory_bytes"],
            "report": json.loads(result["out"])}


def encoder_only(count):
    file = common.WORK / f"index-texts-{count}.tsv"
    if not file.exists():
        texts.write_texts(file, texts.passages(ENCODED, step=count // ENCODED))
    result = common.dpr_json("bench", "encode", "--model", common.MODEL, "--texts", file)
    return {"tokens": result["tokens"], "tokens_per_second": result["with_tokenizer_tokens_per_second"], "passages_per_second": result["with_tokenizer_passages_per_second"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=200_000)
    arguments = parser.parse_args()
    raw = common.alternate({"index": lambda: index(arguments.small), "encoder": lambda: encoder_only(arguments.small)}, arguments.runs)
    large = index(arguments.large)
    rates = [run["report"]["tokens"] / run["seconds"] for run in raw["index"]]
    alone = [run["tokens_per_second"] for run in raw["encoder"]]
    memory = [run["peak_memory_bytes"] / 1e6 for run in raw["index"]]
    rows = [["encoder alone, tokens/s", f"{common.median(alone):,.0f}", ""],
            ["index, tokens/s", f"{common.median(rates):,.0f}", f"{large['report']['tokens'] / large['seconds']:,.0f}"],
            ["index, passages/s", f"{common.median([run['passages'] / run['seconds'] for run in raw['index']]):,.0f}", f"{large['passages'] / large['seconds']:,.0f}"],
            ["index, share of the encoder's speed", f"{common.ratio(rates, alone):.1%}", ""],
            ["peak memory of the process, MB", f"{common.median(memory):,.0f}", f"{large['peak_memory_bytes'] / 1e6:,.0f}"]]
    body = (f"MiniLM-L6 in f32; the whole process is timed, model load and closing included. {arguments.runs} alternating runs at "
            f"{arguments.small:,} passages, one at {arguments.large:,}, when the machine was not left alone: only its memory counts.\n\n"
            + common.table(["", f"{arguments.small:,}", f"{arguments.large:,}"], rows))
    common.write_results("index", "Indexing", body, {**raw, "large": large})


if __name__ == "__main__":
    main()
