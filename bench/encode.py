"""Encoding: dpr beside OpenVINO, ONNX Runtime and PyTorch, on the same passages, in int8, bf16 and f32.

Tokens count [CLS] and [SEP] and no padding. What the peers do: bench/encoder_peers.py. Writes the page
`encode` of docs/results: tokens a second, by length too, one question at a time, memory, and how near
the vectors of fewer bits are.
"""
import argparse
import json
import time

import numpy as np

import common
import encoder_peers
import static_embeddings
import texts

MAX_LENGTH = 256
LENGTHS = (16, 64, 140, 256, 512)
TOKENS_PER_LENGTH = 24_000
PARTS = ["vectors", "latency", "MiniLM-L6", "BERT-base", "lengths", "static"]


def dpr_bench(folder, file, precision, threads, max_length=MAX_LENGTH, cpu=None):
    return common.dpr_json("bench", "encode", "--model", folder, "--texts", file, "--max-length", max_length, "--precision", precision,
                           "--threads", threads, cpu=cpu)


def throughput(name, folder, passages, runs, threads, max_length=MAX_LENGTH, restricted=True):
    """Raw tokens a second of dpr and its peers on one model."""
    file = texts.write_texts(common.WORK / f"texts-{name}.tsv", passages)
    parts, tokens = encoder_peers.batches(folder, passages, max_length)
    details = {}

    def ours(label, precision, cpu):
        def once():
            details[label] = dpr_bench(folder, file, precision, threads, max_length, cpu)
            return details[label]["tokens_per_second"]
        return once

    def peer(run):
        def once():
            begin = time.perf_counter()
            for batch in parts:
                run(batch)
            return tokens / (time.perf_counter() - begin)
        once()
        return once

    contestants = {f"dpr {p}": ours(f"dpr {p}", p, None) for p in encoder_peers.precisions()}
    if restricted:
        contestants |= {f"dpr {p}, AVX2 only": ours(f"dpr {p}, AVX2 only", p, "avx2") for p in ("int8", "f32")}
    contestants |= {label: peer(run) for label, run in encoder_peers.engines(folder, threads, parts).items()}
    return {"tokens": tokens, "passages": len(passages), "runs": common.alternate(contestants, runs), "dpr": details}


def static(passages, tokens, runs):
    """The same of a static-embedding model, which needs no turns with others: it is far from them."""
    seconds = static_embeddings.encoder(passages)
    return {"runs": [tokens / seconds() for _ in range(runs)], "quality": static_embeddings.quality()}


def lengths(passages, runs, threads):
    """The same for texts cut at each length: passages put together so that each reaches it."""
    result = {}
    for length in LENGTHS:
        joined = [(passages[i][0], " ".join(text for _, text in passages[i:i + 5])) for i in range(0, len(passages) - 5, 5)]
        result[str(length)] = throughput(f"length-{length}", common.MODEL, joined[:max(8, TOKENS_PER_LENGTH // length)], runs, threads,
                                         length, restricted=False)
    return result


def latency(threads):
    """Milliseconds for one question: median and 99th percentile; dpr's with its tokenizer, the peers' without theirs."""
    questions = [(question, "") for question in texts.questions(200)]
    file = common.WORK / "questions-latency.txt"
    file.write_text("".join(f"{question}\n" for question, _ in questions))
    result = {}
    for precision in encoder_peers.precisions():
        found = common.dpr_json("bench", "encode", "--model", common.MODEL, "--texts", file, "--one-at-a-time", "--precision", precision,
                                "--threads", threads)
        result[f"dpr {precision}"] = {"median_ms": found["median_ms"], "p99_ms": found["p99_ms"]}
    parts, _ = encoder_peers.batches(common.MODEL, questions, MAX_LENGTH, size=1)
    for name, run in encoder_peers.engines(common.MODEL, threads, parts).items():
        for batch in parts:
            run(batch)
        each = []
        for batch in parts:
            begin = time.perf_counter()
            run(batch)
            each.append(1000 * (time.perf_counter() - begin))
        result[name] = {"median_ms": float(np.median(each)), "p99_ms": float(np.quantile(each, .99))}
    return result


def fidelity_and_memory(passages, threads):
    """Cosines to dpr's own f32, and the peak memory of the process that encoded."""
    file = texts.write_texts(common.WORK / "texts-fidelity.tsv", passages)
    vectors, result = {}, {}
    for precision in ["f32"] + [p for p in encoder_peers.precisions() if p != "f32"]:
        out = common.WORK / f"fidelity-{precision}.npy"
        run = common.measured(common.DPR, "encode", file, "--model", common.MODEL, "--precision", precision, "-o", out, "--threads", threads,
                              "--quiet")
        vectors[precision] = np.load(out)
        a, b = vectors["f32"], vectors[precision]
        cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        result[precision] = {"mean": float(cosine.mean()), "least": float(cosine.min()), "peak_memory_bytes": run["peak_memory_bytes"]}
    return result


def best_peer(runs, precision):
    """The name of the fastest peer in a precision."""
    names = [name for name in runs if name.endswith(f" {precision}") and not name.startswith("dpr")]
    return max(names, key=lambda name: common.median(runs[name]))


def models(raw):
    return [model for model in ("MiniLM-L6", "BERT-base") if model in raw]


def throughput_table(raw):
    rows = []
    for model in models(raw):
        runs = raw[model]["runs"]
        for name, values in runs.items():
            precision = name.split(",")[0].rsplit(" ", 1)[1]
            ratio = "" if name.startswith("dpr") else f"{common.ratio(runs[f'dpr {precision}'], values):.2f}"
            rows.append([model, name, f"{common.median(values):,.0f}", f"{min(values):,.0f} to {max(values):,.0f}", ratio])
    return common.table(["model", "engine", "tokens/s", "range", "dpr in that precision is faster by"], rows)


def peaks(raw):
    lines = []
    for model in models(raw):
        for name, detail in raw[model]["dpr"].items():
            lines.append(f"- {model}, {name}: {detail['share_of_peak']:.0%} of the best GEMM rate of the run in that precision, "
                         f"{detail['gemm_peak_gops']:,.0f} GOP/s; {detail['share_of_peak_with_attention']:.0%} with attention's products; "
                         f"{detail['with_tokenizer_tokens_per_second']:,.0f} tokens/s tokenising included")
    return "\n".join(lines)


def lengths_table(raw):
    rows = []
    for length, result in raw["lengths"].items():
        for precision in encoder_peers.precisions():
            best = best_peer(result["runs"], precision)
            ours = result["runs"][f"dpr {precision}"]
            rows.append([length, precision, f"{common.median(ours):,.0f}", best, f"{common.median(result['runs'][best]):,.0f}",
                         f"{common.ratio(ours, result['runs'][best]):.2f}"])
    return common.table(["tokens a text", "precision", "dpr tokens/s", "best peer", "its tokens/s", "dpr is faster by"], rows)


def static_part(raw):
    quality = raw["static"]["quality"]
    rows = [[name, *(f"{values[engine]:.4f}" for values in quality.values())] for name, engine in
            (("all-MiniLM-L6-v2, dpr f32", "dpr"), ("model2vec, distilled from it", "model2vec"))]
    return ("## Static embeddings\n\nmodel2vec (a vector for each word piece, "
            f"{static_embeddings.DIMENSIONS} dimensions, distilled from all-MiniLM-L6-v2) encodes {common.median(raw['static']['runs']):,.0f} "
            "tokens/s on one thread, text to vector. What it loses in nDCG@10:\n\n" + common.table(["", *quality], rows))


def latency_part(raw):
    rows = [[name, f"{row['median_ms']:.2f}", f"{row['p99_ms']:.2f}"] for name, row in raw["latency"].items()]
    return ("## One question at a time\n\nMiniLM-L6, 200 questions of Natural Questions; dpr from text to vector, the peers without tokenising.\n\n"
            + common.table(["engine", "median ms", "99 % ms"], rows))


def fidelity_part(raw):
    rows = [[precision, f"{row['mean']:.5f}", f"{row['least']:.5f}", f"{row['peak_memory_bytes'] / 1e6:,.0f}"]
            for precision, row in raw["fidelity"].items()]
    return (f"## Fidelity and memory\n\nMiniLM-L6, {raw['fidelity_passages']} passages: cosines to the vectors in f32, and the peak memory of "
            "`dpr encode`.\n\n" + common.table(["precision", "mean cosine", "least", "peak MB"], rows))


def page(raw):
    """Of the parts that were measured."""
    counts = "; ".join(f"{model}: {raw[model]['passages']} passages, {raw[model]['tokens'] / raw[model]['passages']:.0f} tokens on average"
                       for model in models(raw))
    parts = [f"{counts}. Medians of alternating runs.", throughput_table(raw), peaks(raw)]
    if "lengths" in raw:
        parts += ["## By length\n\nMiniLM-L6, all texts cut at the same number of tokens.", lengths_table(raw)]
    parts += [show(raw) for name, show in (("latency", latency_part), ("fidelity", fidelity_part), ("static", static_part)) if name in raw]
    return "\n\n".join(parts)


def measure(part, runs, threads):
    """One part of the page: each is measured in one run of alternating turns."""
    many = texts.passages(2000, step=97)
    if part == "vectors":
        fidelity = fidelity_and_memory(many, threads)
        return {"fidelity_passages": len(many), "fidelity": fidelity}
    if part == "latency":
        return {"latency": latency(threads)}
    if part == "MiniLM-L6":
        return {part: throughput("minilm", common.MODEL, many[:400], runs, threads)}
    if part == "BERT-base":
        return {part: throughput("base", encoder_peers.bert_base(), texts.passages(64, step=997), runs, threads, restricted=False)}
    if part == "lengths":
        return {"lengths": lengths(many, max(3, runs // 2), threads)}
    passages = many[:400]
    _, tokens = encoder_peers.batches(common.MODEL, passages, MAX_LENGTH)
    return {"static": static(passages, tokens, runs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="measure these, keep them, and write the page when all are there")
    parser.add_argument("--page", help="write the page NAME of those parts that are there: of another machine than the page `encode`")
    arguments = parser.parse_args()
    kept = common.WORK / "encode.json"
    raw = json.loads(kept.read_text()) if kept.exists() and arguments.parts != PARTS else {"measured": {}}
    for part in arguments.parts:
        raw |= measure(part, arguments.runs, arguments.threads)
        raw["measured"][part] = {"commit": common.commit(), "machine": common.machine()}
        kept.write_text(json.dumps(raw))
    missing = [part for part in PARTS if part not in raw["measured"]]
    if arguments.page:
        measured = ", ".join(sorted({f"{part['commit']} on {part['machine']}" for part in raw["measured"].values()}))
        common.write_results(arguments.page, "Encoding, another machine", f"Measured at {measured}.\n\n{page(raw)}", raw, script="encode")
    elif missing:
        print("measured; for the page there is missing:", ", ".join(missing))
    else:
        common.write_results("encode", "Encoding", page(raw), raw)


if __name__ == "__main__":
    main()
