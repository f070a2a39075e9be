#!/usr/bin/env python3
"""nDCG@10 of bm25s (method lucene) on collections in BEIR's layout: what dpr's BM25 must come near to.

Words are bm25s's own (runs of two and more word characters), lower-cased, without Lucene's 33 English
stop words, stemmed by PyStemmer's English stemmer; title and text are one field; k1 = 0.9, b = 0.4. nDCG@10 is trec_eval's.

Versions used: bm25s 0.3.16, PyStemmer 3.1.0, pytrec_eval-terrier 0.5.11.

Usage: beir_bm25.py BEIR_FOLDER NAME... > testdata/lexical/beir_bm25.json
"""
import json
import re
import sys
from pathlib import Path

import bm25s
import pytrec_eval
import Stemmer

from beir_reference import DEPTH, read_jsonl, read_qrels
from bm25 import STOP_WORDS

STEMMER = Stemmer.Stemmer("english")


def terms(text):
    return STEMMER.stemWords([w for w in re.findall(r"\b\w\w+\b", text.lower()) if w not in STOP_WORDS])


def evaluate(folder):
    qrels = read_qrels(folder / "qrels" / "test.tsv")
    corpus = read_jsonl(folder / "corpus.jsonl")
    queries = [query for query in read_jsonl(folder / "queries.jsonl") if query["_id"] in qrels]
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    model.index([terms(p.get("title", "") + " " + p["text"]) for p in corpus], show_progress=False)
    run = {}
    for query in queries:
        found, scores = model.retrieve([terms(query["text"])], k=min(DEPTH, len(corpus)), show_progress=False)
        run[query["_id"]] = {corpus[i]["_id"]: float(s) for i, s in zip(found[0], scores[0]) if s > 0}
    results = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(run)
    total = sum(results.get(query, {"ndcg_cut_10": 0.0})["ndcg_cut_10"] for query in qrels)
    return {"passages": len(corpus), "queries": len(qrels), "ndcg_cut_10": round(total / len(qrels), 6)}


def main():
    print(json.dumps({"bm25s": bm25s.__version__, "k1": 0.9, "b": 0.4,
                      "collections": {name: evaluate(Path(sys.argv[1]) / name) for name in sys.argv[2:]}}, indent=2))


if __name__ == "__main__":
    main()
