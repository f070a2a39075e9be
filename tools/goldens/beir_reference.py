#!/usr/bin/env python3
"""nDCG@10 of sentence-transformers on collections in BEIR's layout: the figures that dpr must meet.

Passages are `title + " " + text`, stripped, as BEIR joins them; the model decides all else (pooling,
normalisation, length; all-MiniLM-L6-v2: mean, normalised, 256 tokens). Scores are dot products in
f32. nDCG@10 is trec_eval's `ndcg_cut_10`: linear gains, ties by passage id descending, the mean over
the queries of the qrels.

Versions used: torch 2.15.0, transformers 5.23.0, sentence-transformers 6.2.0,
pytrec_eval-terrier 0.5.11.

Usage: beir_reference.py MODEL BEIR_FOLDER NAME... > testdata/encoder/beir_reference.json
"""
import csv
import json
import sys
from pathlib import Path

import numpy
import pytrec_eval
import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer

DEPTH = 1000


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_qrels(path):
    qrels = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return qrels


def search(model, corpus, queries):
    texts = [(passage.get("title", "") + " " + passage["text"]).strip() for passage in corpus]
    passages = model.encode(texts, convert_to_numpy=True)
    questions = model.encode([query["text"] for query in queries], convert_to_numpy=True)
    scores = questions @ passages.T
    run = {}
    for query, row in zip(queries, scores):
        best = numpy.argsort(-row, kind="stable")[:DEPTH]
        run[query["_id"]] = {corpus[i]["_id"]: float(row[i]) for i in best}
    return run


def evaluate(model, folder):
    qrels = read_qrels(folder / "qrels" / "test.tsv")
    corpus = read_jsonl(folder / "corpus.jsonl")
    queries = [query for query in read_jsonl(folder / "queries.jsonl") if query["_id"] in qrels]
    run = search(model, corpus, queries)
    results = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(run)
    total = sum(results.get(query, {"ndcg_cut_10": 0.0})["ndcg_cut_10"] for query in qrels)
    return {"passages": len(corpus), "queries": len(qrels),
            "ndcg_cut_10": round(total / len(qrels), 6)}


def main():
    torch.set_num_threads(2)
    model = SentenceTransformer(sys.argv[1], device="cpu")
    print(json.dumps({
        "model": "all-MiniLM-L6-v2",
        "sentence_transformers": sentence_transformers.__version__,
        "max_length": model.max_seq_length,
        "collections": {name: evaluate(model, Path(sys.argv[2]) / name) for name in sys.argv[3:]},
    }, indent=2))


if __name__ == "__main__":
    main()
