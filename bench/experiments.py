"""The reports of `dpr reproduce ... --size small`, and a page on what of them agrees with the paper.

    dpr reproduce zero-shot samples --data DATA --model .work/model -o OUT --size small
    python3 bench/experiments.py OUT

Takes OUT/index.html, whatever experiments it holds, and OUT/NAME.json to docs/results/experiments/ (names of this machine's
folders are left out), and writes docs/results/experiments.md; every figure of it comes from these files.
"""
import json
import pathlib
import re
import sys

import common

FOLDER = common.RESULTS / "experiments"
AT = "top_20"
PAPER = {"squad_bm25": 68.8, "squad_dpr": 63.2}  # Karpukhin et al. 2020, Table 2, top 20, trained on SQuAD alone
WANTED = ("zero-shot", "samples", "similarity", "negatives")


class Report:
    """Of one experiment, judged by the gold passage."""

    def __init__(self, path):
        data = json.loads(path.read_text(encoding="utf-8"))
        table = next(table for table in data["tables"] if table["right"] == "gold")
        self.questions, self.variants = table["questions"], data["variants"]
        self.rows = {row["variant"]: row for row in table["rows"]}

    def share(self, variant):
        low, high = self.interval(variant)
        return f"{self.rows[variant][AT]:.1%} ({low:.1%} to {high:.1%})"

    def interval(self, variant):
        return [min(1, max(0, end)) for end in self.rows[variant]["intervals"][AT]]  # a rescaled draw can lie outside

    def value(self, variant):
        return self.rows[variant][AT]

    def apart(self, one, other):
        return not set(self.rows[one]["letters"]) & set(self.rows[other]["letters"])

    def table(self):
        rows = sorted(self.rows, key=lambda name: -self.value(name))
        return common.table(["", "top 20", "95 %", "top 100", "not told apart"],
                            [[self.variants[name]["title"], f"{self.value(name):.1%}", "{:.1%} to {:.1%}".format(*self.interval(name)),
                              f"{self.rows[name]['top_100']:.1%}", self.rows[name]["letters"]] for name in rows])


def zero_shot(report):
    masked = "worse" if report.value("mlm-cls-dot") < report.value("random-cls-dot") else "better"
    told = "told apart" if report.apart("mlm-cls-dot", "random-cls-dot") else "not told apart"
    return f"""The paper has no such row; that was its readers' complaint. Of {report.questions:,} questions the gold paragraph is among the best 20:

- BM25 {report.share("bm25")}; random weights by [CLS] {report.share("random-cls-dot")}, by mean and cosine {report.share("random-mean-cosine")}.
- Text alone can make a retriever: after random crops [CLS] finds {report.share("crops-cls-dot")}, with no question ever seen. So Izacard et al. 2022 found,
  at a scale a thousand times larger, where it passes BM25; here it does not.
- The inverse cloze task gives {report.share("ict-cls-dot")} of half as much text, {"more than" if report.value("ict-cls-dot") > report.value("random-cls-dot") else "no more than"} random weights,
  {"told apart" if report.apart("ict-cls-dot", "random-cls-dot") else "not told apart from them"}.
- Masked words and next sentences alone are {masked} than random weights by [CLS] ({report.share("mlm-cls-dot")}, {told}) and by mean
  ({report.share("mlm-mean-cosine")}): 20 million tokens are a thousandth of BERT's, and at that point contexts are not yet learned (docs/design/pretraining.md).
  The word embeddings alone have become good: their IDF-weighted mean finds {report.share("words-mlm")}.
- all-MiniLM-L6-v2 as published finds {report.share("real-mean-cosine")} by its mean and {report.share("real-cls-dot")} by [CLS], for which it was not made. 1,000 pairs make
  it {report.share("real-trained-0.1")}, {"told apart" if report.apart("real-trained-0.1", "real-mean-cosine") else "not told apart"} from what it was: it had seen SQuAD.
- What training on 10,000 pairs adds to crops: {report.share("crops-trained-1")}. Random weights trained on 1,000 pairs find {report.share("random-trained-0.1")}:
  the start matters more than the pairs."""


def samples(report):
    steps = [("start-0", "none"), ("start-0.01", "100"), ("start-0.1", "1,000"), ("start-1", "10,000")]
    line = "; ".join(f"{count}: {report.share(name)}" for name, count in steps if name in report.rows)
    rising = report.value("start-1") > report.value("start-0.1") > report.value("start-0")
    return f"""- **{"Agrees" if rising else "Does not agree"}**: accuracy rises with the number of examples ({line}), {"told apart" if report.apart("start-1", "start-0") else "not told apart"} from the first to the last.
- **Does not agree**: the paper's retriever passes BM25 with 1,000 examples; here 10,000 leave it at {report.value("start-1") / report.value("bm25"):.0%} of BM25's {report.share("bm25")}. Two reasons, neither of which these
  data can tell from the other: the questions are SQuAD's, written with the paragraph in sight, on which BM25 wins in the paper too ({PAPER["squad_bm25"]} against {PAPER["squad_dpr"]} %, all of SQuAD to learn
  from); and the encoder has 4 layers and has read 20 million tokens, where BERT-base has 12 and has read three billion.
- The published encoder does not need them: {report.share("real-0")} with none, {report.share("real-0.1")} with 1,000."""


SECTIONS = {"zero-shot": ("Zero-shot: the missing row", zero_shot), "samples": ("Samples (Figure 1)", samples)}


def copy(out):
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = (out / "index.html").read_text(encoding="utf-8")
    given = re.search(r"reproduce [^<]*?--data (\S+) --model (\S+) -o (\S+)", page)
    for place, name in zip(given.groups() if given else (), ("DATA", "MODEL", "OUT")):
        page = page.replace(place, name)
    (FOLDER / "index.html").write_text(re.sub(r"\S*/?(dpr\w*) reproduce", "dpr reproduce", page), encoding="utf-8")
    for name in WANTED:
        if (out / f"{name}.json").exists():
            (FOLDER / f"{name}.json").write_text((out / f"{name}.json").read_text(encoding="utf-8"), encoding="utf-8")


def main():
    out = pathlib.Path(sys.argv[1])
    copy(out)
    parts, raw = [], {}
    for name in WANTED:
        path = FOLDER / f"{name}.json"
        if not path.exists() or name not in SECTIONS:
            parts.append(f"## {name}\n\nNot run yet.")
            continue
        report = Report(path)
        raw[name] = {variant: row[AT] for variant, row in report.rows.items()}
        title, say = SECTIONS[name]
        parts.append(f"## {title}\n\n{say(report)}\n\n{report.table()}")
    body = ("`dpr reproduce --size small`: [the report](experiments/index.html) has all tables, p values and plots. Small means small: SQuAD's 20,963 paragraphs "
            "and 1,000 questions, a BERT of 4 layers that was pretrained here, 3 seeds. Shares by the gold paragraph, with 95 % intervals over seeds and "
            "questions; variants that share a letter are not told apart by these data.\n\n" + "\n\n".join(parts))
    common.write_results("experiments", "The paper's experiments, small", body, raw)


if __name__ == "__main__":
    main()
