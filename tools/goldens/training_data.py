#!/usr/bin/env python3
"""Makes testdata/data/training/: a file of training examples in each format that dpr reads, written as the programs
do whose format it is (json.dumps and csv.writer), and in expected.json what is in them.

Made with CPython 3.11.7 (zst by the zstd program 1.5.4).
    python tools/goldens/training_data.py
"""

import csv
import gzip
import io
import json
import lzma
import pathlib
import random
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "data" / "training"
WORDS = ["lighthouse", "Été", "中文", "a\"quoted\"", "tab\there", "line\nbreak", "comma,", "\U0001f600", "\\back",
         "who", "built", "the", "\u2019s", "'single'", "NUL-free", "e\u0301"]
random.seed(7)


def words(count):
    return " ".join(random.choice(WORDS) for _ in range(count))


def dpr_passage(number, style):
    passage = {"title": f"Title {number}", "text": words(6), "score": 12.5 + number, "title_score": 0,
               "passage_id": str(number)}
    if style == "gold":
        passage.update(score=1000, title_score=1)
    elif style == "adv-hn":  # ids as numbers, scores as texts, as in DPR's file of adversarial negatives
        passage = {"id": number, "title": passage["title"], "text": passage["text"], "score": f"{80 - number}.25",
                   "has_answer": False}
    elif style == "old":
        passage = {"psg_id": number, "title": None, "text": passage["text"]}
    elif style == "bare":
        passage = {"text": passage["text"]}
    return passage


def plain(passage):
    """What dpr must read: [id, title, text, score]."""
    id_ = passage.get("passage_id", passage.get("psg_id", passage.get("docid", passage.get("id", ""))))
    return [str(id_), passage.get("title") or "", passage["text"], float(passage.get("score") or 0)]


def expected(id_, question, answers, positives, hard, other=()):
    lists = [[plain(p) if isinstance(p, dict) else ["", "", p, 0.0] for p in passages]
             for passages in (positives, hard, other)]
    return {"id": id_, "question": question, "answers": answers, "positives": lists[0], "hard_negatives": lists[1],
            "negatives": lists[2]}


def dpr_items():
    items = []
    for i in range(12):
        items.append({"dataset": "nq_train_psgs_w100", "question": f"question {i} {words(3)}",
                      "answers": [words(1)] * (i % 3),
                      "positive_ctxs": [dpr_passage(100 * i + p, ["gold", "bare", "old"][p])
                                        for p in range([1, 0, 3, 2][i % 4])],
                      "negative_ctxs": [dpr_passage(100 * i + 10 + p, "random") for p in range(i % 3)],
                      "hard_negative_ctxs": [dpr_passage(100 * i + 20 + p, "adv-hn" if i % 2 else "bm25")
                                             for p in range(i % 4)]})
    return items


def dpr_expected(items):
    """Questions as DPR's reader has them: with straight apostrophes."""
    return [expected(str(number), item["question"].replace("\u2019", "'"), item["answers"], item["positive_ctxs"],
                     item["hard_negative_ctxs"], item["negative_ctxs"])
            for number, item in enumerate(items, 1) if item["positive_ctxs"]]


def tevatron():
    rows, ids, corpus, wanted, wanted_ids = [], [], [], [], []
    for i in range(5):
        passages = [{"docid": f"d{i}.{p}", "title": words(2), "text": words(5)} for p in range(4)]
        corpus += passages
        split = 1 + i % 2
        row = {"query_id": f"q{i}", "query": words(4), "positive_passages": passages[:split],
               "negative_passages": passages[split:], "answers": ["x"]}
        rows.append(row)
        ids.append({"query_id": f"q{i}", "query_text": row["query"], "query_image": None,
                    "positive_document_ids": [p["docid"] for p in passages[:split]],
                    "negative_document_ids": [p["docid"] for p in passages[split:]], "source": "made up"})
        wanted.append(expected(f"q{i}", row["query"], ["x"], passages[:split], passages[split:]))
        wanted_ids.append({**wanted[-1], "answers": []})
    random.shuffle(corpus)
    return rows, ids, corpus, wanted, wanted_ids


def sentence_transformers():
    triplets = [{"anchor": words(3), "positive": words(5), "negative": words(5)} for _ in range(4)]
    lists = [{"query": words(3), "pos": [words(4)] * (1 + i % 2), "neg": [words(4) for _ in range(i)],
              "pos_scores": [0.5], "prompt": "x"} for i in range(4)]
    pairs = [{"question": words(3), "answer": words(5)} for _ in range(3)]
    wanted = {
        "triplets.jsonl": [expected(str(i), t["anchor"], [], [t["positive"]], [t["negative"]])
                           for i, t in enumerate(triplets, 1)],
        "lists.jsonl": [expected(str(i), t["query"], [], t["pos"], t["neg"]) for i, t in enumerate(lists, 1)],
        "pairs.json": [expected(str(i), t["question"], [], [t["answer"]], []) for i, t in enumerate(pairs, 1)],
    }
    return triplets, lists, pairs, wanted


def columns(name, delimiter, header, rows):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    lines, wanted = [], []
    for row in rows:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    (FOLDER / name).write_text(out.getvalue(), newline="")
    for line, row in zip(lines, rows):
        by_name = dict(zip(header, row))
        wanted.append(expected(str(line), row[0], [], [by_name["positive"]],
                               [text for column, text in by_name.items() if column.startswith("negative") and text]))
    return wanted


def squad():
    data, wanted, counts = [], [], {}
    for title in ["New_York_City", "Été", "New_York_City", "Empty"]:
        paragraphs = []
        for p in range(2):
            context = words(8)
            counts[title] = counts.get(title, 0) + 1
            questions = []
            for q in range(p + 1):
                answers = [{"text": text, "answer_start": 0} for text in ["a", "b", "a"][:q + 1]]
                question = {"question": words(3), "id": f"{len(data)}.{p}.{q}", "answers": answers}
                if title == "Empty" and q == 1:
                    question.update(is_impossible=True, answers=[], plausible_answers=answers)
                else:
                    texts = list(dict.fromkeys(answer["text"] for answer in answers))
                    wanted.append({"id": question["id"], "question": question["question"], "answers": texts,
                                   "positives": [[f"{title}#{counts[title]}", title.replace("_", " "), context, 0.0]],
                                   "hard_negatives": [], "negatives": []})
                questions.append(question)
            # Members come in any order.
            paragraphs.append({"context": context, "qas": questions} if p else {"qas": questions, "context": context})
        data.append({"paragraphs": paragraphs, "title": title})
    return {"version": "v2.0", "data": data}, wanted


def write_jsonl(name, rows):
    (FOLDER / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = {}
    items = dpr_items()
    array = json.dumps(items, indent=4).encode() + b"\n"
    (FOLDER / "dpr.json").write_bytes(array)
    (FOLDER / "dpr.json.gz").write_bytes(gzip.compress(array, mtime=0))
    (FOLDER / "dpr.json.xz").write_bytes(lzma.compress(array))
    (FOLDER / "dpr.json.zst").write_bytes(
        subprocess.run(["zstd", "-19", "-c"], input=array, stdout=subprocess.PIPE, check=True).stdout)
    write_jsonl("dpr.jsonl", items)
    for name in ["dpr.json", "dpr.json.gz", "dpr.json.xz", "dpr.json.zst", "dpr.jsonl"]:
        wanted[name] = dpr_expected(items)

    rows, ids, corpus, wanted["tevatron.jsonl"], wanted["tevatron_ids.jsonl"] = tevatron()
    write_jsonl("tevatron.jsonl", rows)
    write_jsonl("tevatron_ids.jsonl", ids)
    write_jsonl("tevatron_corpus.jsonl", corpus)

    triplets, lists, pairs, more = sentence_transformers()
    write_jsonl("triplets.jsonl", triplets)
    write_jsonl("lists.jsonl", lists)
    (FOLDER / "pairs.json").write_text(json.dumps(pairs))
    wanted.update(more)
    wanted["ntuples.csv"] = columns("ntuples.csv", ",", ["anchor", "positive", "negative_1", "negative_2"],
                                    [[words(3), words(4), words(2), words(2) if i % 2 else ""] for i in range(5)])
    wanted["pairs.tsv"] = columns("pairs.tsv", "\t", ["query", "positive", "scores"],
                                  [[words(3), words(4), "0.5"] for _ in range(5)])
    document, wanted["squad.json"] = squad()
    (FOLDER / "squad.json").write_text(json.dumps(document))
    (FOLDER / "expected.json").write_text(json.dumps(wanted) + "\n")


if __name__ == "__main__":
    main()
