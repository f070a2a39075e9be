"""What fewer bits do to rankings: the same questions over passages encoded in f32, bf16 and int8.

Two encoders: all-MiniLM-L6-v2 as it is (mean pooling), and a retriever that dpr trained from it on SQuAD ([CLS], two
encoders: bench/learning.py's, 10,000 examples, the first seed). Questions follow the passages' precision, and
once more in f32 over passages in int8. Writes the page `fidelity` of docs/results, from which
docs/design/precision.md takes its reasons. Not a measurement of time.
"""
import argparse

import common
import encoder_peers
import learning
import texts

WIKI_PASSAGES = 10_000


def sets(questions):
    """Of each set its sources, what `dpr eval` is asked with, and the figure that counts."""
    squad = learning.questions("dev", learning.squad("dev"))
    beir = {name: common.DATA / "beir" / name for name in ("time", "cacm")}
    judged = {f"{name}, nDCG@10": (folder, ["--queries", folder / "queries.jsonl", "--qrels", folder / "qrels/test.tsv"], "ndcg_cut_10")
              for name, folder in beir.items()}
    return judged | {
        "squad-dev, top 20": ([learning.FILES["train"], learning.FILES["dev"]], ["--questions", squad], "top_20"),
        "nq-dev, top 20": (texts.passages_tsv(WIKI_PASSAGES), ["--questions", texts.answered_questions(questions)], "top_20")}


def found(evaluated, figure):
    """The figure of one evaluation, and over how many questions."""
    if figure == "top_20":
        return {"value": evaluated["top_20"], "questions": evaluated["questions"]}
    return {"value": evaluated[figure], "questions": evaluated["queries"]}


def measure(model, sources, asked, figure):
    """{precision of the passages: figure}, with the questions in the same one; and int8 with questions in f32."""
    result = {}
    collection = common.WORK / "fidelity.dpr"
    for precision in encoder_peers.precisions()[::-1]:
        learning.shutil.rmtree(collection, ignore_errors=True)
        sources = sources if isinstance(sources, list) else [sources]
        learning.dpr("index", *sources, "-o", collection, "--model", model, "--precision", precision)
        ways = {precision: []} | ({"int8, questions f32": ["--precision", "f32"]} if precision == "int8" else {})
        for label, more in ways.items():
            result[label] = found(common.dpr_json("eval", collection, *asked, *more), figure)
    learning.shutil.rmtree(collection)
    return result


def page(raw):
    rows = []
    for encoder, measured in raw["encoders"].items():
        for name, by_precision in measured.items():
            exact = by_precision["f32"]
            rest = [by_precision.get(label) for label in ("bf16", "int8", "int8, questions f32")]
            rows.append([encoder, name, f"{exact['questions']:,}", f"{exact['value']:.4f}"]
                        + [f"{other['value']:.4f} ({other['value'] - exact['value']:+.4f})" if other else "" for other in rest])
    return (f"nq-dev: the first {raw['questions']:,} questions over {WIKI_PASSAGES:,} passages of Wikipedia; squad-dev: all questions over all "
            "20,963 paragraphs. In brackets the difference to f32.\n\n"
            + common.table(["encoder", "set", "questions", "f32", "bf16", "int8", "int8, questions in f32"], rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=3000)
    arguments = parser.parse_args()
    trained, _ = learning.train("trained-10000-1", learning.training_articles(), 10_000, 1)
    encoders = {"all-MiniLM-L6-v2": common.MODEL, "trained by dpr": trained}
    raw = {"questions": arguments.questions,
           "encoders": {label: {name: measure(model, *chosen) for name, chosen in sets(arguments.questions).items()}
                        for label, model in encoders.items()}}
    common.write_results("fidelity", "What fewer bits do to rankings", page(raw), raw)


if __name__ == "__main__":
    main()
