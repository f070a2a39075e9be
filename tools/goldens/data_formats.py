#!/usr/bin/env python3
"""Makes testdata/data/: what Python reads from and writes to the formats that DPR takes from it.

Made with CPython 3.11.7, numpy 2.4.6 (only the text of a float32, whose rule for exponents differs between numpy's
versions from 2**24 on and below 1e-4: no such score is here but those that all write alike).
    python tools/goldens/data_formats.py

delimited.jsonl    {"delimiter", "input", "rows"}: csv.reader on random text full of quotes, without empty rows
string_lists.jsonl {"literal", "strings"}: eval() of list literals, as DPR's question reader does;
                   "strings" is null where eval() fails or gives no list of texts
dpr_results.json   json.dumps(results, indent=4) + "\\n", as DPR's retriever writes its results
dpr_results.jsonl  what it was made of, with scores as numbers
passages.tsv.*     two passages, compressed (zst by the zstd program 1.5.4)
"""

import csv
import gzip
import io
import json
import lzma
import pathlib
import random
import subprocess
import sys

import numpy

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "data"


def write_jsonl(name, records):
    lines = [json.dumps(record, ensure_ascii=True) for record in records]
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def closes_inside_a_line(text, delimiter):
    """False where a quoted field is not closed, or is closed on a later line with text behind it: dpr refuses both."""
    at_field, quoted, spans, i = True, False, False, 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c == '"' and text[i + 1:i + 2] == '"':
                i += 1
            elif c == '"':
                quoted = False
                if spans and text[i + 1:i + 2] not in ("", delimiter, "\n") and text[i + 1:i + 3] != "\r\n":
                    return False
            spans = spans or c == "\n"
        else:
            quoted = at_field and c == '"'
            spans = False
            at_field = c in (delimiter, "\n")
        i += 1
    return not quoted


def delimited():
    rng = random.Random(20200406)
    pieces = ['"', '"', '""', "a", "bc", "é", "文", " ", "'", "\\", "\n", "\r\n"]
    records = []
    while len(records) < 400:
        delimiter = rng.choice("\t,")
        text = "".join(rng.choice(pieces + [delimiter, delimiter]) for _ in range(rng.randrange(1, 24)))
        if text.replace("\r\n", "").count("\r") or not closes_inside_a_line(text, delimiter):
            continue
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
        records.append({"delimiter": delimiter, "input": text, "rows": rows})
    return records


def evaluated(literal):
    try:
        value = eval(literal, {"__builtins__": {}})
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return None
        "".join(value).encode("utf-8")
        return value
    except Exception:
        return None


def string_lists():
    literals = [
        "[]", "[ ]", "['']", "['a']", '["a"]', "['a', \"b's\"]", "['a',]", "['a' 'b', \"c\" 'd']", " ['a'] ", "[u'a']",
        r"['\\s*(5,?778|6,?[05]00)\\s*K']", r"['\d+\.\w']", r"['New\\s?York']", r"['\x41\u00e9\U0001F681']", r"['\101\7\1234']",
        r"['\n\t\r\a\b\f\v\\\'\"']", "['a\\\nb']", "['it''s']", "['🚁', 'Copter']", "['a\tb']", r'["\u00e9"]', "['[', ']', ',']",
        "", "[", "]", "['a'", "['a", "['a\\", "['a'] x", "['a'] []", "['a', , 'b']", "[,]", "['a' , ]", "a", "[a]", "[1]", "[None]", "[['a']]",
        "('a',)", "{'a'}", "['a': 'b']", r"['\x4']", r"['\u00']", r"['\U00110000']", r"['\ud800']", "[b'a']", "['a'; 'b']", "['a'\0]",
    ]
    rng = random.Random(7)
    pieces = ["a", "é", "'", '"', "\\", "\n", "\t", "文", "🚁", "\\n", "x41", "s", "\x01", "\x7f", "\u2028", "{", " "]
    for _ in range(100):
        answers = ["".join(rng.choice(pieces) for _ in range(rng.randrange(0, 9))) for _ in range(rng.randrange(0, 4))]
        literals.append(repr(answers))
        literals.append(json.dumps(answers, ensure_ascii=False))
    return [{"literal": literal, "strings": evaluated(literal)} for literal in literals]


def dpr_results():
    texts = ["plain", "quotes \" and \\ and /", "tab\tline\nreturn\rfeed\f\b\x01\x1f\x7f", "Ärger, 文, 🚁, \u2028", "", "<b>&amp;</b>"]
    scores = [81.0, 79.25, 0.1, -1.5e-7, 1e20, 123456.789, 7.0, -0.0, 0.001, -82.30787, 1e16]
    records = []
    for i, text in enumerate(texts):
        contexts = [
            {"id": f"wiki:{i * 10 + j}", "title": texts[(i + j) % len(texts)], "text": texts[(i + 2 * j) % len(texts)],
             "score": float(numpy.float32(scores[(3 * i + j) % len(scores)])), "has_answer": (i + j) % 3 == 0}
            for j in range(i)]
        records.append({"question": text or "?", "answers": texts[:i % 4], "ctxs": contexts})
    return records


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_jsonl("delimited.jsonl", delimited())
    write_jsonl("string_lists.jsonl", string_lists())
    records = dpr_results()
    write_jsonl("dpr_results.jsonl", records)
    for record in records:
        for context in record["ctxs"]:
            context["score"] = str(numpy.float32(context["score"]))
    (FOLDER / "dpr_results.json").write_text(json.dumps(records, indent=4) + "\n")
    passages = b'id\ttext\ttitle\n1\t"The ""first"" text"\tOne\n2\tsecond\tTwo\n'
    (FOLDER / "passages.tsv.gz").write_bytes(gzip.compress(passages, mtime=0))
    (FOLDER / "passages-without-ending").write_bytes(gzip.compress(passages, mtime=0))
    (FOLDER / "passages.tsv.xz").write_bytes(lzma.compress(passages))
    compressed = subprocess.run(["zstd", "-q", "-c"], input=passages, capture_output=True, check=True).stdout
    (FOLDER / "passages.tsv.zst").write_bytes(compressed)
    print("made with CPython", sys.version.split()[0], "and numpy", numpy.__version__)


if __name__ == "__main__":
    main()
