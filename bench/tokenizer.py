"""Tokenising, one thread each: dpr beside Hugging Face's Rust tokenizer, on the same passages.

Pairs of title and text cut to 256 tokens, and texts alone. Of Hugging Face's ways in, three are
measured and the fastest is what counts: one text at a time and in batches (with and without character
offsets) through `tokenizers`, and the `transformers` call that most programs make. Rates are over CPU
time, on both sides. Writes the page `tokenizer` of docs/results. dpr's part is src/dpr/text/wordpiece_bench.cc.
"""
import argparse
import json
import os
import pathlib
import subprocess
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import tokenizers
import transformers

import common
import texts

MAX_LENGTH = 256
BENCH = pathlib.Path(os.environ.get("DPR_TEXT_BENCH", common.ROOT / "build/release/src/dpr/text/dpr_text_bench"))


def dpr(file, name):
    """Bytes and tokens a second of one benchmark of dpr_text_bench."""
    environment = {**os.environ, "DPR_REAL_MODEL": str(common.MODEL), "DPR_BENCH_TEXTS": str(file), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([str(BENCH), f"--benchmark_filter=^{name}$", "--benchmark_format=json", "--benchmark_min_time=1"],
                          check=True, capture_output=True, text=True, env=environment)
    run = json.loads(done.stdout)["benchmarks"][0]
    if run.get("error_occurred"):
        raise SystemExit(run["error_message"])
    return {"bytes": run["bytes_per_second"], "tokens": run["items_per_second"]}


def peers(inputs):
    """{name: function that tokenises all inputs and returns the number of tokens}."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(common.MODEL)
    backend = tokenizers.Tokenizer.from_str(tokenizer._tokenizer.to_str())
    backend.no_padding()
    backend.enable_truncation(max_length=MAX_LENGTH)
    pair = isinstance(inputs[0], tuple)
    columns = [list(column) for column in zip(*inputs)] if pair else [inputs]

    def count(encodings):
        return sum(len(encoding) for encoding in encodings)
    return {
        "tokenizers encode": lambda: count(backend.encode(*i) if pair else backend.encode(i) for i in inputs),
        "tokenizers encode_batch": lambda: count(backend.encode_batch(inputs)),
        "tokenizers encode_batch_fast": lambda: count(backend.encode_batch_fast(inputs)),
        "transformers call": lambda: count(tokenizer(*columns, truncation=True, max_length=MAX_LENGTH, padding=False)["input_ids"]),
    }


def measure(file, name, inputs, runs):
    size = sum(len(part.encode()) for i in inputs for part in (i if isinstance(i, tuple) else (i,)))

    def timed(tokenise):
        def once():
            begin = time.process_time()
            tokens = tokenise()
            seconds = time.process_time() - begin
            return {"bytes": size / seconds, "tokens": tokens / seconds}
        return once
    contestants = {"dpr": lambda: dpr(file, name)}
    contestants |= {peer: timed(tokenise) for peer, tokenise in peers(inputs).items()}
    return common.alternate(contestants, runs)


def page(raw):
    rows = []
    for what, runs in raw.items():
        speed = {name: common.median([r["tokens"] for r in made]) for name, made in runs.items()}
        fastest = max((name for name in runs if name != "dpr"), key=speed.get)
        for name, made in runs.items():
            against = common.ratio([r["tokens"] for r in runs["dpr"]], [r["tokens"] for r in made])
            rows.append([what, name + (" (fastest peer)" if name == fastest else ""), f"{common.median([r['bytes'] for r in made]) / 1e6:.1f}",
                         f"{speed[name] / 1e6:.2f}", "" if name == "dpr" else f"{against:.1f}x"])
    return common.table(["input", "engine", "MB/s", "million tokens/s", "dpr is faster by"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--passages", type=int, default=4000)
    arguments = parser.parse_args()
    passages = texts.passages(arguments.passages, step=97)
    file = texts.write_texts(common.WORK / "texts-tokenizer.tsv", passages)
    raw = {"title and text": measure(file, "BenchEncodePair", passages, arguments.runs),
           "text alone": measure(file, "BenchEncodeText", [text for _, text in passages], arguments.runs)}
    body = (f"{len(passages):,} Wikipedia passages, at most {MAX_LENGTH} tokens, one thread each, over CPU time; tokenizers {tokenizers.__version__}, "
            f"transformers {transformers.__version__}.\n\n" + page(raw))
    common.write_results("tokenizer", "Tokenising", body, raw)


if __name__ == "__main__":
    main()
