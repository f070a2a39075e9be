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
# Tokens of a passage where memory alone is measured: a batch is a number of tokens, so shorter passages
# take the same memory and a fraction of the time.
MEMORY_TOKENS = 32


def index(count, *options):
    """One fresh build: seconds of the whole process, its own count, its peak memory in bytes."""
    path = common.WORK / "index-run.dpr"
    shutil.rmtree(path, ignore_errors=True)
    result = common.measured(common.DPR, "index", texts.passages_tsv(count), "-o", path, "--model", common.MODEL, "--json", "--quiet", *options)
    return {"passages": count, "seconds": result["seconds"], "peak_memory_bytes": result["peak_memory_bytes"],
            "report": json.loads(result["out"])}


def encoder_only(count):
    file = common.WORK / f"index-texts-{count}.tsv"
    if not file.exists():
        texts.write_texts(file, texts.passages(ENCODED, step=count // ENCODED))
    result = common.dpr_json("bench", "encode", "--model", common.MODEL, "--texts", file)
    return {"tokens": result["tokens"], "tokens_per_second": result["with_tokenizer_tokens_per_second"], "passages_per_second": result["with_tokenizer_passages_per_second"]}


def measure_speed(arguments):
    return common.alternate({"index": lambda: index(arguments.small), "encoder": lambda: encoder_only(arguments.small)}, arguments.runs)


def measure_memory(arguments):
    return {"index": [index(count, "--max-length", MEMORY_TOKENS) for count in (arguments.small, arguments.large)]}


def page(raw):
    index_rates = [run["report"]["tokens"] / run["seconds"] for run in raw["speed"]["index"]]
    alone = [run["tokens_per_second"] for run in raw["speed"]["encoder"]]
    count = raw["speed"]["index"][0]["passages"]
    speed = [["encoder alone", f"{common.median(alone):,.0f}", f"{min(alone):,.0f} to {max(alone):,.0f}"],
             ["index", f"{common.median(index_rates):,.0f}", f"{min(index_rates):,.0f} to {max(index_rates):,.0f}"],
             ["index beside the encoder", f"{common.ratio(index_rates, alone):.1%}", ""]]
    memory = [[f"{run['passages']:,}", f"{run['peak_memory_bytes'] / 1e6:,.0f}"] for run in raw["memory"]["index"]]
    return (f"MiniLM-L6 in f32. Speed at {count:,} passages: the whole process, model load and closing included, in {len(alone)} runs that alternate "
            f"with the encoder alone. Memory: the peak of the whole process, one run each, passages cut to {MEMORY_TOKENS} tokens (a batch is a "
            "number of tokens, so that the time shrinks and the memory does not).\n\n"
            + common.table(["", "tokens/s", "range"], speed) + "\n\n" + common.table(["passages", "peak memory, MB"], memory))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--only", choices=["speed", "memory"], help="measure this, and keep the other's runs")
    arguments = parser.parse_args()
    raw = common.raw_runs("index") if arguments.only else {}
    if arguments.only != "memory":
        raw["speed"] = measure_speed(arguments)
    if arguments.only != "speed":
        raw["memory"] = measure_memory(arguments)
    common.write_results("index", "Indexing", page(raw), raw)


if __name__ == "__main__":
    main()
