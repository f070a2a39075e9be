#!/usr/bin/env python3
"""Golden BM25 scores: Lucene's formula in double precision, over words, stop words and stems that come
from other programs than ours; and bm25s (method lucene) must agree with them.

Versions used: bm25s 0.3.16, PyStemmer 3.1.0.

Usage: bm25.py > testdata/lexical/bm25.json
"""
import collections
import json
import math
import re

import bm25s
import Stemmer

STOP_WORDS = set("a an and are as at be but by for if in into is it no not of on or such that the their then there these "
                 "they this to was will with".split())

PASSAGES = [
    "Lighthouses\nThe keeper of the lighthouse lit its lamp each evening and cleaned the lenses each morning.",
    "Lamps\nA lamp burns oil; lamps that burn whale oil smoke. Keepers preferred vegetable oils.",
    "Harbours\nShips waiting outside the harbour were guided in by pilots, who knew every rock.",
    "Rocks\nRocks, rocks and more rocks: the coast was feared by sailors and their families.",
    "Sailors\nSailors sang while they were working, and the singing of a crew carried for miles.",
    "",
    "Fog\nIn fog the lamp is no help. Horns are sounded, bells are rung, guns are fired.",
    "Wells\nFresh water came from a well, 32.5 metres deep, dug in 1843 by the keeper's family.",
    "Häuser\nDie Häuser der Leuchtturmwärter standen auf den Felsen, und die Wärter wohnten in den Häusern.",
    "Keepers\nKeepers kept keeping what keepers keep: the keeper's log, the keeper's lamp, the keeper's oil.",
]
QUESTIONS = ["Who lit the lamp of the lighthouse?", "Which oil did keepers burn in lamps?", "rocks rocks sailors",
             "how deep was the well of 1843", "Häuser der Wärter", "nothing that is said anywhere", "the of and"]
RUNS = [("english", 0.9, 0.4), ("english", 1.2, 0.75), ("porter", 0.9, 0.4), ("german", 0.9, 0.4), ("none", 0.9, 0.4), ("none", 0, 0)]


def terms(text, language):
    words = [w for w in re.findall(r"\d+(?:\.\d+)*|\w+(?:'\w+)*", text.lower())]
    if language == "porter":
        words = [re.sub("'s$", "", w) for w in words]
    if language in ("english", "porter"):
        words = [w for w in words if w not in STOP_WORDS]
    return words if language == "none" else Stemmer.Stemmer(language).stemWords(words)


def scores(question, passages, k1, b):
    """The formula as it is published, term by term."""
    average = sum(map(len, passages)) / len(passages)
    containing = collections.Counter(t for p in passages for t in set(p))
    out = []
    for passage in passages:
        counts = collections.Counter(passage)
        total = 0.0
        for t in question:
            if counts[t]:
                idf = math.log(1 + (len(passages) - containing[t] + 0.5) / (containing[t] + 0.5))
                total += idf * counts[t] / (counts[t] + k1 * (1 - b + b * len(passage) / average))
        out.append(total)
    return out


def agree(passages, question, ours, k1, b):
    """bm25s in single precision."""
    known = [t for t in question if any(t in p for p in passages)]
    if not known or k1 == 0:
        return
    model = bm25s.BM25(method="lucene", k1=k1, b=b)
    model.index(passages, show_progress=False)
    for theirs, mine in zip(model.get_scores(known), ours):
        assert abs(theirs - mine) < 1e-5, (question, theirs, mine)


def main():
    runs = []
    for language, k1, b in RUNS:
        passages = [terms(p, language) for p in PASSAGES]
        questions = []
        for question in QUESTIONS:
            asked = terms(question, language)
            found = scores(asked, passages, k1, b)
            agree(passages, asked, found, k1, b)
            questions.append({"question": question, "scores": found})
        runs.append({"language": language, "k1": k1, "b": b, "questions": questions})
    print(json.dumps({"passages": PASSAGES, "runs": runs}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
