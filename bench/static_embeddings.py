"""A static-embedding model beside the encoder that it was distilled from: model2vec, a vector for each word piece
and their weighted mean for a text. Much faster than any BERT; what it loses in quality stands beside it.
"""
import json
import os
import time

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
from model2vec import StaticModel
from model2vec.distill import distill

import common

DIMENSIONS = 256
COLLECTIONS = ("time", "cacm")


def model():
    """all-MiniLM-L6-v2 distilled, once."""
    folder = common.WORK / f"model2vec-{DIMENSIONS}"
    if not folder.exists():
        distill(model_name=str(common.MODEL), pca_dims=DIMENSIONS).save_pretrained(str(folder))
    return StaticModel.from_pretrained(str(folder))


def encoder(passages):
    """A function that encodes the passages, text to vector on one thread, and returns the seconds taken."""
    static, joined = model(), [f"{title} {text}" for title, text in passages]

    def run():
        begin = time.perf_counter()
        static.encode(joined, use_multiprocessing=False)
        return time.perf_counter() - begin
    run()
    return run


def json_lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def ndcg_at_10(run_file, judgements):
    return common.dpr_json("eval", "--run", run_file, "--qrels", judgements)["ndcg_cut_10"]


def quality():
    """{collection: nDCG@10} of the static model and of dpr with the encoder in f32, both by `dpr eval`."""
    static, result = model(), {}
    for name in COLLECTIONS:
        folder = common.DATA / "beir" / name
        passages, queries = json_lines(folder / "corpus.jsonl"), json_lines(folder / "queries.jsonl")
        vectors = static.encode([f"{p.get('title', '')} {p['text']}" for p in passages])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        found = common.WORK / f"static-{name}.trec"
        with open(found, "w", encoding="utf-8") as file:
            for query, vector in zip(queries, static.encode([query["text"] for query in queries])):
                scores = vectors @ vector
                for rank, index in enumerate(np.argsort(-scores)[:100], 1):
                    file.write(f"{query['_id']} Q0 {passages[index]['_id']} {rank} {scores[index]:.6f} static\n")
        judgements = folder / "qrels/test.tsv"
        collection = common.WORK / f"static-{name}.dpr"
        if not collection.exists():
            common.measured(common.DPR, "index", folder, "-o", collection, "--model", common.MODEL, "--precision", "f32", "--quiet")
        ours = common.dpr_json("eval", collection, "--queries", folder / "queries.jsonl", "--qrels", judgements)["ndcg_cut_10"]
        result[name] = {"model2vec": ndcg_at_10(found, judgements), "dpr": ours}
    return result
