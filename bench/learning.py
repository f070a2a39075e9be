"""What training teaches: SQuAD's questions, from the real encoder with [CLS] pooling.

A retriever is trained on 1,000, 10,000 and 40,000 examples of SQuAD's training set, with three seeds
each, in the preset dpr-small. A tenth of the training articles is held out: settings were
chosen on it (--choose does so), and the dev set is asked at the end only. Searched are all 20,963
paragraphs; a question counts at k when one of its k best paragraphs holds an answer, as `dpr eval`
counts. Beside it stand BM25, the start model before training, and its own mean pooling.

What is done is kept in WORK/learning, so that a run that was stopped goes on. Writes the page
`learning` of docs/results.
"""
import argparse
import csv
import gzip
import json
import math
import shutil
import subprocess

import common

FOLDER = common.WORK / "learning"
CUTOFFS = [1, 5, 20]
SIZES = [1000, 10_000, 40_000]
BATCH = 32  # as dpr-small has it
GOAL_SIZE, GOAL_CUTOFF, GOAL_DIFFERENCE, GOAL_P = 10_000, 5, 0.05, 0.01
FILES = {name: common.DATA / f"squad/{name}-v1.1.json.gz" for name in ("train", "dev")}


def dpr(*arguments):
    subprocess.run([str(common.DPR), *map(str, arguments), "--quiet"], check=True)


def squad(name):
    with gzip.open(FILES[name], "rt", encoding="utf-8") as file:
        return json.load(file)


def write_once(path, write):
    """The file, written by `write` at once or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            write(file)
        temporary.rename(path)
    return path


def articles(name, wanted):
    """The training articles whose number modulo 10 is `wanted`, as a SQuAD file."""
    def write(file):
        data = squad("train")
        json.dump({**data, "data": [article for number, article in enumerate(data["data"]) if wanted(number % 10)]}, file)
    return write_once(FOLDER / f"{name}.json", write)


def training_articles():
    return articles("train", lambda digit: digit != 3)


def held_out_articles():
    return articles("held-out", lambda digit: digit == 3)


def questions(name, data):
    """A file of the questions with their answers."""
    def write(file):
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        for article in data["data"]:
            for paragraph in article["paragraphs"]:
                for question in paragraph["qas"]:
                    answers = sorted({answer["text"] for answer in question["answers"]})
                    writer.writerow([question["question"].strip(), repr(answers)])
    return write_once(FOLDER / f"{name}.qa.csv", write)


def first_hits(name, asked, sources, index_options, search_options=()):
    """Of each question the rank of the first paragraph with an answer, 0 beyond the largest cutoff."""
    def write(file):
        collection, found = FOLDER / f"{name}.dpr", FOLDER / f"{name}.found.json"
        dpr("index", *sources, "-o", collection, *index_options)
        dpr("search", collection, "--questions", asked, "-k", max(CUTOFFS), "-o", found, *search_options)
        with open(found, encoding="utf-8") as results:
            ranks = [[context["has_answer"] for context in question["ctxs"]] for question in json.load(results)]
        json.dump([hits.index(True) + 1 if True in hits else 0 for hits in ranks], file)
        shutil.rmtree(collection)
        found.unlink()
    return json.loads(write_once(FOLDER / f"{name}.hits.json", write).read_text())


def train(name, data, examples, seed, *options):
    """The retriever of one run, and what the run printed."""
    out = FOLDER / name

    def write(file):
        steps = math.ceil(examples / BATCH)
        printed = common.dpr_json("train", data, "--model", common.MODEL, "-o", out, "--seed", seed, "--batch", BATCH, "--steps", steps, *options)
        json.dump({**printed, "commit": common.commit()}, file)
    return out, json.loads(write_once(FOLDER / f"{name}.train.json", write).read_text())


def accuracy(hits, cutoff):
    return sum(0 < rank <= cutoff for rank in hits) / len(hits)


def randomisation_p(ours, theirs, cutoff):
    """Two-sided, exact: of the questions that one of two runs alone answers, each might be either's."""
    only_ours = sum(0 < a <= cutoff and not 0 < b <= cutoff for a, b in zip(ours, theirs))
    only_theirs = sum(0 < b <= cutoff and not 0 < a <= cutoff for a, b in zip(ours, theirs))
    count, fewer = only_ours + only_theirs, min(only_ours, only_theirs)
    return min(1.0, 2 * sum(math.comb(count, i) for i in range(fewer + 1)) / 2**count)


def p_text(p):
    return f"{p:.3f}" if p >= 0.001 else "< .001"


def spread(values):
    """The mean, and the range of several."""
    mean = sum(values) / len(values)
    return f"{mean:.3f}" if len(values) == 1 else f"{mean:.3f} ({min(values):.3f} to {max(values):.3f})"


def row(name, runs, start):
    cells = [spread([accuracy(hits, cutoff) for hits in runs]) for cutoff in CUTOFFS]
    if start is None:
        return [name, *cells, "", ""]
    differences = [accuracy(hits, GOAL_CUTOFF) - accuracy(start, GOAL_CUTOFF) for hits in runs]
    worst = max(randomisation_p(hits, start, GOAL_CUTOFF) for hits in runs)
    return [name, *cells, f"{sum(differences) / len(differences):+.3f}", p_text(worst)]


def choose(rates):
    """What each rate learns from 10,000 examples, asked of the held-out articles: prints a table."""
    rows = []
    for rate in rates:
        _, printed = train(f"choose-{rate}", training_articles(), 10_000, 1, "--lr", rate, "--dev", held_out_articles(), "--dev-metric", "average-rank")
        rows.append([rate, f"{printed['best']['value']:.2f}"])
    print(common.table(["rate", "average rank of the positive"], rows))


def measure(seeds):
    asked, pool = questions("dev", squad("dev")), [FILES["train"], FILES["dev"]]
    hits = {"BM25": [first_hits("bm25", asked, pool, ["--bm25"])],
            "start model, mean pooling": [first_hits("mean", asked, pool, ["--model", common.MODEL])],
            "start model, [CLS]": [first_hits("cls", asked, pool, ["--model", common.MODEL, "--pooling", "cls"])]}
    trained = {}
    for examples in SIZES:
        for seed in seeds:
            name = f"trained-{examples}-{seed}"
            model, printed = train(name, training_articles(), examples, seed)
            hits.setdefault(f"[CLS], {examples:,} examples", []).append(first_hits(name, asked, pool, ["--model", model]))
            trained[name] = printed
    return hits, trained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--choose", nargs="+", metavar="RATE", help="compare rates on the held-out articles instead")
    arguments = parser.parse_args()
    if arguments.choose:
        choose(arguments.choose)
        return
    hits, trained = measure(range(1, arguments.seeds + 1))
    start = hits["start model, [CLS]"][0]
    rows = [row(name, runs, None if runs == [start] else start) for name, runs in hits.items()]
    goal = hits[f"[CLS], {GOAL_SIZE:,} examples"]
    gains = [accuracy(run, GOAL_CUTOFF) - accuracy(start, GOAL_CUTOFF) for run in goal]
    p = max(randomisation_p(run, start, GOAL_CUTOFF) for run in goal)
    met = min(gains) >= GOAL_DIFFERENCE and p < GOAL_P
    settings = next(iter(trained.values()))["settings"]
    minutes = {examples: [trained[f"trained-{examples}-{seed}"]["seconds"] / 60 for seed in range(1, arguments.seeds + 1)] for examples in SIZES}
    body = (
        "**Read this first.** The start model, all-MiniLM-L6-v2, was itself trained on a billion pairs, SQuAD and Natural Questions among them, with mean "
        "pooling: it has seen these questions' kind, perhaps these questions. So the table shows that training teaches its [CLS] vector, which it never used, "
        "what its mean already knew. It does not show what training would teach an encoder that has never seen such pairs.\n\n"
        f"{len(start):,} questions of SQuAD's dev set over all 20,963 paragraphs of both sets; a question counts at k when one of its k best paragraphs holds an answer. "
        f"Two encoders, dpr-small (batch {settings['batch']}, rate {settings['lr']:g}, in-batch negatives alone, since SQuAD has no others, {settings['precision']}), "
        f"on the training articles but a tenth, on which the rate was chosen. Means of {arguments.seeds} seeds, with their range; the last columns are the difference to the start "
        "model's [CLS] at 5 and its largest p (exact paired randomisation over the questions).\n\n"
        + common.table(["", *(f"top {cutoff}" for cutoff in CUTOFFS), "difference at 5", "p"], rows)
        + f"\n\nThe goal, at least {GOAL_DIFFERENCE:.2f} above the untrained [CLS] at 5 after {GOAL_SIZE:,} examples with p below {GOAL_P:.2f} for each seed, is {'met' if met else 'not met'}. "
        "Training took " + ", ".join(f"{common.median(taken):.1f} minutes for {examples:,}" for examples, taken in minutes.items())
        + " (medians; other work ran beside it). A run that is kept was not repeated when the program changed; they were trained at: "
        + ", ".join(sorted({run.get("commit", "an earlier commit than the page's, not recorded") for run in trained.values()})) + ".")
    common.write_results("learning", "Learning", body, {"first_hits": {name: [" ".join(map(str, run)) for run in runs] for name, runs in hits.items()}, "trained": trained})


if __name__ == "__main__":
    main()
