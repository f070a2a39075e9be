"""What training on mined examples is worth: Natural Questions and TriviaQA over Wikipedia, with no judged passage anywhere.

The questions of both dev sets are cut by the hash of their answers, so that no answer is on two sides: seven tenths
to learn from, one to tune on, two to test. `dpr mine` finds positives and hard negatives for the first, by BM25 and by the
untrained encoder; `dpr train` learns from them, with the rate that does best on the second; then both encoders, before and
after, are searched with BM25 as a hybrid whose weight was tuned on the second, alike. The third is asked once.

real   all-MiniLM-L6-v2, mean-pooled. Its authors trained it on both sets' training questions.
clean  --clean DIR: a BERT that saw text alone, mean-pooled (`dpr reproduce zero-shot` leaves "our BERT, then random crops").

What is done is kept in WORK/mined, so that a run that was stopped goes on. Writes the page `mined` of docs/results.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import shutil

import common
import learning

FOLDER = common.WORK / "mined"
SETS = {"nq": "nq-dev", "trivia": "trivia-dev"}
PASSAGES = common.DATA / "wiki/psgs_w100-aa.tsv.xz"
CUTOFFS = [5, 20, 100]
RATES = {"real": [1e-5, 3e-5], "clean": [1e-4, 3e-4]}
POOLED = ["--pooling", "mean", "--normalize"]


def part_of(answers):
    """By the answers, so that questions that share one stay together."""
    digit = int(hashlib.sha256(min(answers).lower().encode()).hexdigest(), 16) % 10
    return "train" if digit < 7 else "tune" if digit == 7 else "test"


def questions(name, part):
    def write(file):
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        with open(common.DATA / f"questions/{SETS[name]}.qa.csv", encoding="utf-8", newline="") as source:
            for question, answers in csv.reader(source, delimiter="\t"):
                if part_of(eval(answers, {"__builtins__": {}})) == part:  # a Python list, as DPR's files have it
                    writer.writerow([question, answers])
    return learning.write_once(FOLDER / f"{name}-{part}.qa.csv", write)


def once(path, make):
    """The folder or file, made at once or not at all."""
    if not path.exists():
        temporary = path.with_name(path.name + ".part")
        if temporary.is_dir():
            shutil.rmtree(temporary)
        make(temporary)
        temporary.rename(path)
    return path


def collection(name, model, options):
    return once(FOLDER / f"{name}.dpr", lambda path: learning.dpr("index", PASSAGES, "-o", path, "--bm25", "--model", model, *options))


def mined(kind, before, part):
    files = []
    for name in SETS:
        def mine(path, name=name):
            learning.dpr("mine", before, "--questions", questions(name, part), "-o", path, "--negatives", "bm25,dense", "--per-question", 10)
        files.append(once(FOLDER / f"{kind}-{name}-{part}.jsonl", mine))
    return files


def trained(kind, start, before):
    """The encoder whose rate did best on the part to tune on, and what the runs printed."""
    data, dev = mined(kind, before, "train"), FOLDER / f"{kind}-dev.jsonl"
    learning.write_once(dev, lambda file: [file.write(path.read_text(encoding="utf-8")) for path in mined(kind, before, "tune")])
    runs = {}
    for rate in RATES[kind]:
        out = FOLDER / f"{kind}-{rate}"

        def run(file, rate=rate, out=out):
            json.dump(common.dpr_json("train", *data, "--model", start, "-o", out, "--share", "--pooling", "mean", "--similarity", "cosine",
                                      "--hard-negatives", 1, "--batch", 32, "--epochs", 1, "--lr", rate, "--dropout", 0, "--max-length", 192,
                                      "--dev", dev), file)
        runs[rate] = json.loads(learning.write_once(FOLDER / f"{kind}-{rate}.json", run).read_text())
    logs = {rate: [json.loads(line) for line in (FOLDER / f"{kind}-{rate}/log.jsonl").read_text().splitlines()] for rate in RATES[kind]}
    ranks = {rate: min(line["average_rank"] for line in log if line.get("kind") == "dev") for rate, log in logs.items()}
    best = min(ranks, key=ranks.get)
    return FOLDER / f"{kind}-{best}", {"rate": best, "dev_average_rank": ranks, "examples": sum(1 for path in data for _ in open(path, encoding="utf-8")),
                                       "runs": runs}


def tuned_weight(name, folder):
    def write(file):
        both = FOLDER / "both-tune.qa.csv"
        learning.write_once(both, lambda text: [text.write(questions(each, "tune").read_text(encoding="utf-8")) for each in SETS])
        json.dump(common.dpr_json("eval", folder, "--questions", both, "--tune-hybrid", "--fusion", "weighted"), file)
    return json.loads(learning.write_once(FOLDER / f"{name}.tuned.json", write).read_text())


def first_hits(name, folder, set_name, mode, options=()):
    """Of each test question the rank of the first passage with an answer, 0 beyond the largest cutoff."""
    def write(file):
        found = FOLDER / f"{name}-{set_name}-{mode}.found.json"
        learning.dpr("search", folder, "--questions", questions(set_name, "test"), "-k", max(CUTOFFS), "-o", found, "--mode", mode, *options)
        with open(found, encoding="utf-8") as results:
            hits = [[context["has_answer"] for context in question["ctxs"]] for question in json.load(results)]
        found.unlink()
        json.dump([ranks.index(True) + 1 if True in ranks else 0 for ranks in hits], file)
    return json.loads(learning.write_once(FOLDER / f"{name}-{set_name}-{mode}.hits.json", write).read_text())


def measure(kind, start):
    before = collection(f"{kind}-before", start, POOLED)
    model, training = trained(kind, start, before)
    after = collection(f"{kind}-after", model, [])
    result = {"training": training, "hits": {}}
    for name, folder in ((f"{kind}-before", before), (f"{kind}-after", after)):
        tuned = tuned_weight(name, folder)
        result[name] = {"weight": tuned["weight"], "tuned": tuned}
        for set_name in SETS:
            for mode, options in (("bm25", []), ("dense", []), ("hybrid", ["--fusion", "weighted", "--weight", tuned["weight"]])):
                result["hits"][f"{name} {set_name} {mode}"] = " ".join(map(str, first_hits(name, folder, set_name, mode, options)))
    return result


def page(kind, raw):
    hits = {name: list(map(int, run.split())) for name, run in raw["hits"].items()}
    rows, verdicts = [], []
    for set_name in SETS:
        for title, key in (("BM25", f"{kind}-before {set_name} bm25"), ("untrained", f"{kind}-before {set_name} dense"),
                           ("trained", f"{kind}-after {set_name} dense"), ("untrained, hybrid", f"{kind}-before {set_name} hybrid"),
                           ("trained, hybrid", f"{kind}-after {set_name} hybrid")):
            rows.append([f"{set_name}: {title}", *(f"{learning.accuracy(hits[key], cutoff):.3f}" for cutoff in CUTOFFS)])
        ours, theirs = hits[f"{kind}-after {set_name} hybrid"], hits[f"{kind}-before {set_name} hybrid"]
        difference = learning.accuracy(ours, 20) - learning.accuracy(theirs, 20)
        verdicts.append(f"{set_name} {difference:+.3f} (p {learning.p_text(learning.randomisation_p(ours, theirs, 20))}, {len(ours):,} questions)")
    training = raw["training"]
    return (f"## {'all-MiniLM-L6-v2' if kind == 'real' else 'A BERT that saw text alone'}\n\n{training['examples']:,} mined examples, one pass, rate "
            f"{training['rate']} (of {', '.join(map(str, RATES[kind]))}, by the average rank on the part to tune on). Weights of the hybrids, tuned: "
            f"{raw[f'{kind}-before']['weight']} before, {raw[f'{kind}-after']['weight']} after. The share of test questions with an answer among "
            "the best passages:\n\n" + common.table(["", *(f"top {cutoff}" for cutoff in CUTOFFS)], rows)
            + "\n\nThe trained encoder's hybrid beside the untrained one's, at 20: " + "; ".join(verdicts) + " (paired randomisation test).")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean", type=pathlib.Path, help="the folder of a BERT that saw text alone")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    raw = {"real": measure("real", common.MODEL)}
    if arguments.clean:
        raw["clean"] = measure("clean", arguments.clean)
    passages = common.dpr_json("inspect", FOLDER / "real-before.dpr")["passages"]
    intro = f"{passages:,} passages of Wikipedia; questions are cut by their answers' hash, 7 tenths to learn from, 1 to tune on, 2 to test."
    common.write_results("mined", "Training on what was mined", "\n\n".join([intro, *(page(kind, runs) for kind, runs in raw.items())]), raw)


if __name__ == "__main__":
    main()
