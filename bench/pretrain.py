"""Pretraining: its speed, what a BERT of random weights learns from text alone, and adapting the real encoder without labels.

speed    a BERT of 4 layers and 256 numbers with the real vocabulary: tokens a second of short runs, and their share of
         the rate that matrix products reach in the same run.
lineage  the same from random weights on 20 million tokens of Wikipedia, by masked words and by random crops; then SQuAD's dev
         questions over all 20,963 paragraphs of both sets, as bench/learning.py asks them: random weights of several
         seeds, and what was pretrained, by [CLS] and by mean. --masked and --crops: folders of such runs that are there
         already (those of `dpr reproduce zero-shot`, in OUT/work/*/model).
adapt    all-MiniLM-L6-v2 on the documents of a small collection alone, by the inverse cloze task and by random crops;
         then the collection's own judgements.

What is done is kept in WORK/pretrain, so that a run that was stopped goes on. Writes the page `pretrain` of
docs/results, and beside it the report of the long run.
"""
import argparse
import json
import pathlib
import random
import shutil

import common
import learning

FOLDER = common.WORK / "pretrain"
WIKI = [common.DATA / "wiki/psgs_w100-aa.tsv.xz"]
LAYERS, HIDDEN, INTERMEDIATE, VOCABULARY, MASKED = 4, 256, 1024, 30_522, 0.15
SPEED_TOKENS, LINEAGE_TOKENS, ADAPT_TOKENS = 400_000, 20_000_000, 1_000_000
RESAMPLES = 2000


def once(name, *arguments):
    """What a `dpr pretrain` printed, and its folder; a kept one is not run again."""
    out = FOLDER / name

    def write(file):
        printed = common.dpr_json("pretrain", *arguments, "-o", out)
        json.dump({**printed, "commit": common.commit()}, file)
    return out, json.loads(learning.write_once(FOLDER / f"{name}.json", write).read_text())


def operations_per_token(length=128):
    """Of the matrix products of a step, forward once and backward at twice the cost."""
    layer = 2 * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INTERMEDIATE) + 4 * length * HIDDEN
    words = MASKED * 2 * (HIDDEN * HIDDEN + HIDDEN * VOCABULARY)
    return 3 * (LAYERS * layer + words)


def speed(arguments):
    runs = arguments.runs
    rates, peaks = {}, {}
    for precision in ("bf16", "f32") if "avx512_bf16" in common.machine() else ("f32",):
        for number in range(runs):
            out = FOLDER / "speed"
            shutil.rmtree(out, ignore_errors=True)
            printed = common.dpr_json("pretrain", WIKI[0], "--vocab", common.MODEL, "--precision", precision, "--tokens", SPEED_TOKENS,
                                      "--dev-every", 1_000_000, "-o", out)
            rates.setdefault(precision, []).append(printed["tokens_per_second"])
            text = FOLDER / "peak.txt"
            text.write_text("a few words to encode\n" * 64)
            measured = common.dpr_json("bench", "encode", "--model", out, "--texts", text, "--precision", precision)
            peaks.setdefault(precision, []).append(measured["gemm_peak_gops"])
    return {"tokens_per_second": rates, "gemm_peak_gops": peaks}


def bootstrap(differences):
    """The interval of a mean over questions."""
    chance = random.Random(1)
    means = sorted(sum(chance.choices(differences, k=len(differences))) / len(differences) for _ in range(RESAMPLES))
    return means[int(.025 * RESAMPLES)], means[int(.975 * RESAMPLES)]


def pretrained(name, folder, *options):
    """A run's folder, and the first and last line of its log; one that is there already, or made now."""
    out = folder or once(name, WIKI[0], "--vocab", common.MODEL, "--tokens", LINEAGE_TOKENS, "--seed", 1, *options)[0]
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return out, log


def lineage(arguments):
    seeds = arguments.runs
    asked, pool = learning.questions("dev", learning.squad("dev")), [learning.FILES["train"], learning.FILES["dev"]]
    models = {}
    for seed in range(1, seeds + 1):
        models.setdefault("random weights", []).append(once(f"random-{seed}", WIKI[0], "--vocab", common.MODEL, "--tokens", 0, "--seed", seed)[0])
    masked, log = pretrained("masked", arguments.masked)
    crops, crops_log = pretrained("crops", arguments.crops, "--task", "crops", "--pooling", "cls")
    models["masked words"] = [masked]
    models["random crops"] = [crops / "encoder" if (crops / "encoder").is_dir() else crops]
    hits = {}
    for name, folders in models.items():
        for pooling in ("cls", "mean"):
            hits[f"{name}, {pooling}"] = [
                learning.first_hits(f"pretrain-{name.replace(' ', '-')}-{number}-{pooling}", asked, pool,
                                    ["--model", folder, "--pooling", pooling, *(["--normalize"] if pooling == "mean" else [])])
                for number, folder in enumerate(folders, 1)]
    shutil.copy(masked / "report.html", common.RESULTS / "pretrain-report.html")
    return {"settings": [log[0]["settings"], crops_log[0]["settings"]], "curve": [line for line in log if line["kind"] == "dev"],
            "crops": [line for line in crops_log if line["kind"] == "dev"],
            "first_hits": {name: [" ".join(map(str, run)) for run in runs] for name, runs in hits.items()}}


def adapt(arguments, name="cacm"):
    """nDCG@10 of the start model and of what each task makes of it, with p against the start model."""
    folder = common.DATA / "beir" / name

    def run_file(label, model):
        run, collection = FOLDER / f"{label}.trec", FOLDER / f"{label}.dpr"
        if not run.exists():
            learning.dpr("index", folder, "-o", collection, "--model", model)
            learning.dpr("search", collection, "--questions", folder / "queries.jsonl", "-k", 100, "-o", run)
            shutil.rmtree(collection)
        return run
    start, result = run_file(f"{name}-start", common.MODEL), {}
    for task in ("ict", "crops"):
        for seed in range(1, arguments.runs + 1):
            label = f"{name}-{task}-{seed}"
            model, printed = once(label, folder, "--task", task, "--model", common.MODEL, "--tokens", ADAPT_TOKENS, "--seed", seed)
            found = common.dpr_json("eval", "--run", run_file(label, model), "--compare", start, "--qrels", folder / "qrels/test.tsv")
            result.setdefault(task, []).append({"ndcg_cut_10": found["ndcg_cut_10"], **found["difference"]["ndcg_cut_10"], "printed": printed})
    before = common.dpr_json("eval", "--run", start, "--qrels", folder / "qrels/test.tsv")
    return {"collection": name, "queries": before["queries"], "start": before["ndcg_cut_10"], "tasks": result}


def speed_part(raw):
    rows = []
    for precision, rates in raw["tokens_per_second"].items():
        rate, peak = common.median(rates), common.median(raw["gemm_peak_gops"][precision])
        rows.append([precision, f"{rate:,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", f"{rate * operations_per_token() / 1e9:,.0f}",
                     f"{peak:,.0f}", f"{rate * operations_per_token() / 1e9 / peak:.0%}"])
    return ("## Speed\n\nA BERT of 4 layers, 256 wide, with the vocabulary of 30,522 pieces; pairs of up to 128 tokens, 2,048 tokens a step; real "
            "tokens, masking, both losses, clipping and AdamW in it. GOP/s: of the matrix products alone, those of the masked pieces' scores "
            "among them.\n\n" + common.table(["precision", "tokens/s", "range", "GOP/s", "best GEMM of the run", "share"], rows))


def lineage_part(raw):
    hits = {name: [list(map(int, run.split())) for run in runs] for name, runs in raw["first_hits"].items()}
    rows = []
    for name, runs in hits.items():
        cells = [learning.spread([learning.accuracy(run, cutoff) for run in runs]) for cutoff in learning.CUTOFFS]
        gain = ""
        if not name.startswith("random weights"):
            against = hits["random weights," + name.split(",")[1]]
            ours = [float(0 < rank <= 20) for rank in runs[0]]
            theirs = [sum(0 < run[i] <= 20 for run in against) / len(against) for i in range(len(ours))]
            difference = [a - b for a, b in zip(ours, theirs)]
            low, high = bootstrap(difference)
            gain = f"{sum(difference) / len(difference):+.3f} ({low:+.3f} to {high:+.3f})"
        rows.append([name, *cells, gain])
    curve = [[f"{line['step']:,}", f"{line['nll']:.3f}", f"{line['word_loss']:.3f}", f"{line['word_accuracy']:.1%}", f"{line['next_accuracy']:.1%}"]
             for line in raw["curve"]]
    best = max(line["accuracy_5"] for line in raw["crops"]) if raw["crops"] and "accuracy_5" in raw["crops"][0] else None
    return ("## From random weights\n\n"
            f"{LINEAGE_TOKENS:,} tokens of Wikipedia, one seed. Masked words and next sentences: the loss on articles that were held back "
            "([the report of the run](pretrain-report.html) has the curves):\n\n"
            + common.table(["step", "loss", "of masked pieces", "pieces right", "next sentences right"], curve)
            + (f"\n\nRandom crops, by [CLS]: of crops held back {best:.0%} find theirs among the best five of the pool." if best else "")
            + "\n\nWhat that is worth for retrieval, with no question ever seen: SQuAD's 10,570 dev questions over 20,963 paragraphs, the share with "
            "an answer among the best 1, 5 and 20 ([CLS] by dot product, means by cosine); of random weights the mean and range of three seeds. The difference to random "
            "weights is at 20, with its 95 % interval over questions (bootstrap).\n\n"
            + common.table(["", *(f"top {cutoff}" for cutoff in learning.CUTOFFS), "difference at 20"], rows))


def adapt_part(raw):
    rows = [["all-MiniLM-L6-v2", f"{raw['start']:.4f}", "", ""]]
    verdicts = []
    for task, runs in raw["tasks"].items():
        for number, run in enumerate(runs, 1):
            rows.append([f"{task}, seed {number}", f"{run['ndcg_cut_10']:.4f}", f"{run['value']:+.4f}", f"{run['p']:.3f}"])
        better = all(run["value"] > 0 and run["p"] < .05 for run in runs)
        worse = all(run["value"] < 0 and run["p"] < .05 for run in runs)
        verdicts.append(f"{task} " + ("improves it, significantly with each seed" if better else "makes it worse, significantly with each seed" if
                                      worse else "is not shown to change it: not every seed's difference is significant"))
    return (f"## Without labels\n\nall-MiniLM-L6-v2 adapted to the documents of `{raw['collection']}` alone ({ADAPT_TOKENS:,} tokens, its own "
            f"pooling and similarity, one encoder, batch 64, rate 2e-5 as the command has it; nothing was chosen on the judgements). nDCG@10 over "
            f"{raw['queries']} queries, exact search, p of the paired randomisation test against the model as it was:\n\n"
            + common.table(["", "nDCG@10", "difference", "p"], rows) + "\n\nSo " + "; ".join(verdicts) + ".")


PARTS = {"speed": (speed, speed_part), "lineage": (lineage, lineage_part), "adapt": (adapt, adapt_part)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of speed; and seeds of the others")
    parser.add_argument("--masked", type=pathlib.Path, help="the folder of a masked-word run of 20 million tokens")
    parser.add_argument("--crops", type=pathlib.Path, help="the folder of a random-crop run of 20 million tokens")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), help="measure these, or none: the page is written of what there is")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / "measured.json"
    raw = json.loads(kept.read_text()) if kept.exists() else {}
    for part in arguments.parts:
        raw[part] = PARTS[part][0](arguments)
        kept.write_text(json.dumps(raw))
    common.write_results("pretrain", "Pretraining", "\n\n".join(show(raw[part]) if part in raw else f"## {part.capitalize()}\n\nNot measured yet."
                                                               for part, (_, show) in PARTS.items()), raw)


if __name__ == "__main__":
    main()
