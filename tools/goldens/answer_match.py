#!/usr/bin/env python3
"""Goldens of the answer matching tests: what DPR's evaluation decides, from a description of it.

String: text and answer in NFD; tokens are matches of ([\\p{L}\\p{N}\\p{M}]+)|([^\\p{Z}\\p{C}]), each
lower-cased; the answer's must be a contiguous part of the text's. Regular expressions: NFD of the
pattern searched in NFD of the text with IGNORECASE, UNICODE and MULTILINE; what cannot be compiled
matches nothing. Written with Python 3.11 (unicodedata 14.0) and regex 2026.11.15.

  answer_match.py                              writes testdata/text/answer_match.jsonl
  answer_match.py --questions FILE WIKI COUNT MODE OUT
                                               for each of FILE's questions and each of COUNT passages
                                               spread over WIKI/psgs_w100-aa.tsv.xz (lines as they
                                               stand, the second field) one digit; a line a question
"""
import argparse
import ast
import csv
import json
import lzma
import pathlib
import random
import sys
import unicodedata

import regex

OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata/text/answer_match.jsonl"
FLAGS = regex.IGNORECASE | regex.UNICODE | regex.MULTILINE
TOKEN = regex.compile(r"([\p{L}\p{N}\p{M}]+)|([^\p{Z}\p{C}])", FLAGS)


def nfd(text):
    return unicodedata.normalize("NFD", text)


def tokens(text):
    return [m.group().lower() for m in TOKEN.finditer(nfd(text))]


def contains(whole, part):
    return any(whole[i:i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def compiled(pattern):
    try:
        return regex.compile(nfd(pattern), FLAGS)
    except Exception:
        return None


TEXTS = [
    "", " ", "The quick brown fox.", "Paris is the capital of France.", "PARIS", "the u.s. army", "U. S. Army", "it's Beyoncé's", "it’s Beyonce\u0301’s", "Beyonce",
    "ΟΔΥΣΣΕΥΣ και ΑΣ", "Ὀδυσσεύς", "οδυσσευσ", "ΑΣ", "ας", "ασ", "Σ", "ΑΣ.", "İstanbul", "istanbul", "i\u0307stanbul", "ISTANBUL", "ıstanbul", "Straße nach Weißenburg", "STRASSE", "strasse",
    "ﬁne oﬃce", "fine office", "naïve café", "nai\u0308ve cafe\u0301", "naive cafe", "a\u0301\u0323b", "a\u0323\u0301b", "中国和日本", "中 国", "Việt Nam", "👨‍👩‍👧 family 👍🏽", "👍", "a\u200db",
    "a\u00adb ab", "3,000 km (1,864 mi)", "$5 50% #1", "x²+½", "x2+1/2", "line one\nline two\r\nline three", "tab\tand\x0bothers\x0c\x85x\u2028y\u2029z", "Å Å Å", "ǅ ǆ Ǆ", "한글 한글",
    "1998 and 2004", "Feb 29, September 3", "New\u00a0York  New York NewYork", "a.b a-b a_b", "{Books} [x] a{2} aa aaa", "aAbBßẞſsS\u212aKk", "\ue000private\uffff", "\u0345\u0301x", "\x00a\x1fb", "…—“q”",
]
STRINGS = [
    "", " ", ".", "paris", "the capital", "The  CAPITAL\tof", "capital france", "fox.", "fox .", "quick brown fox", "u.s.", "U S", "u.s", "it's", "it’s", "beyoncé", "Beyonce\u0301", "beyonce", "BEYONCÉ’S",
    "οδυσσευς", "οδυσσευσ", "ΟΔΥΣΣΕΥΣ", "ας", "ΑΣ", "σ", "İstanbul", "istanbul", "ıstanbul", "straße", "strasse", "weißenburg", "ﬁne", "fine", "office", "naïve", "naive", "café", "ạ́b", "中国", "中", "国和", "việt", "viet",
    "👍", "👨‍👩‍👧", "👍🏽", "🏽", "ab", "a\u200db", "3,000", "3000", "$5", "50%", "50", "x²", "½", "1/2", "line two", "two line three", "and others", "å", "\u212b", "ǆ", "한글", "new york", "a-b", "a b", "a_b", "\u200b", "\x00", "ſ", "k", "…", "q”",
    "\ue000", "private", "\u0301", "the quick brown fox. jumps",
]
PATTERNS = [
    "", "paris", "PARIS|london", "^Paris", "France\\.$", "capital\\s+of", "Sept?(ember)?|Feb(ruary)?", "(5,?778|3,?000)\\s*km", "199\\d", "\\b2004\\b", "\\bcap\\b", "^line two\\r?$", "^$", "one$", "one.line", "(?s)one.line", "(?s:one.)line",
    "one\\nline", "tab\\sand", "and\\sothers", "others\\s+x", "\\w+\\s\\w+\\s\\w+", "caf.$", "cafe.$", "café", "naïve", "cafe\u0301", "Beyonc.'s", "Beyoncé.s", "οδυσσευς", "ΟΔΥΣΣΕΥΣ", "strasse", "straße", "STRAẞE", "wei.enburg", "weissenburg", "fine", "ﬁne", "oﬃce", "of*ice",
    "s+", "S{2}", "ſ", "[ſ]", "k", "\u212a", "[k]", "[^k]+$", "[^a]", "[A-C]{2}", "[^A-C]+", "[[]x", "[]]", "[^]]", "[a&&b]", "[a-]b", "[-a]b", "[\\w-]b", "[a-\\d]b", "[[:alpha:]]{5}", "[[:digit:]]+", "[\\s]and", "[\\]x]+", "[\\x41-\\x43]", "[\\u0041-C]", "[\\b]",
    "{Books", "\\{Books\\}", "\\{\\}", "a{2}", "a{2,}", "a{,2}b", "^a{2,3}$", "a{}", "a{x}", "{", "}", "a{", "x{1", "a{3,2}", "a{2}{3}", "a**", "a+*", "*a", "a|*", "a++", "a*+a", "a?+", "a??b", "(a", "a)", "[a", "(?P<n>a)(?P=n)", "(?P<n_m>[ab])(?P=n_m)", "(?<n>s)\\1", "(a)(?P=b)",
    "(a|b)\\1", "\\2(a)", "(?:a|b)\\1", "(?=quick)q", "(?!quick)q", "(?<=quick )brown", "(?<!slow )brown", "(?>a+)b", "(?#comment)fox", "(?#unclosed", "(?i)FOX", "fo(?i)X", "(?u)fox", "(?i:FOX)", "(?F)a", "\\Z", "fox\\.\\Z", "\\Afox",
    "\\AThe", "\\mquick\\M", "\\muick", "Shinz\\ō", "Fran\\çois", "\\e", "\\q", "\\_", "\\-", "\\ ", "a\\.b", "a\\-b", "a\\_b", "\\x41", "\\x4", "\\u00e9", "\\u212b", "\\U0001F44D", "\\0", "\\101", "\\p{Lu}{3}", "\\p{Nd}+", "\\P{L}+", "\\pN", "\\p{Greek}+", "\\p{^L}", "\\p{Nonsense}", "\\d{4}",
    "\\D+", "\\W", "\\S+", "\\X", "👍", "👍.", "[👍]", "中.", "中国", "^.{1,3}$", "x²", "\\$5", "#1", "a b", " ", "\u00a0", "new.york", "New\\s*York", "(?P<1a>x)", "\\", "a\\", "(", "|", "a||b", "()", "(((((a)))))", "(a|)+b", "\\b", "\\B", "(fox|quick).*(fox|quick)", "((quick|fox).*){2}", "((a|b).*){9}",
    "İ", "i̇stanbul", "ISTANBUL", "istanbul", "ı", "[^\\W\\d]+", "[\\S]{30}", "[\\D]\\.", "ǆ", "Å", "[Å]", "한", "\u1112", "(?s)one.*three", "one.*three",
]


def random_rows():
    draw = random.Random(20201116)
    for _ in range(150):
        text = "".join(draw.choice(["a", "B", "é", "e\u0301", " ", ".", "1", "Σ", "-", "中", "\u200b"]) for _ in range(12))
        begin = draw.randrange(8)
        answer = draw.choice([text[begin:begin + draw.randrange(1, 5)], "".join(draw.choice("aBΣ.1 ") for _ in range(3))])
        yield {"mode": "string", "answers": [answer], "text": text, "match": contains(tokens(text), tokens(answer))}
    pieces = ["a", "b", "s", "ß", "é", ".", "\\.", "\\s", "\\w", "\\d", "^", "$", "|", "(", ")", "(?:", "[", "]", "[^", "-", "*", "+", "?", "{2}", "{1,}", "{", "}", "\\b", "[ab]", "(a|b)", " ", "1", ",", "\\1", "\\", "&&", "[:alpha:]"]
    for _ in range(500):
        pattern = "".join(draw.choice(pieces) for _ in range(draw.randrange(1, 7)))
        text = "".join(draw.choice(["a", "b", "s", "ss", "ß", "é", " ", "1", ".", ",", "\n", "{", "]", "&", ":"]) for _ in range(10))
        yield regex_row([pattern], text)


def regex_row(patterns, text):
    made = [compiled(p) for p in patterns]
    return {"mode": "regex", "answers": patterns, "text": text, "match": any(m is not None and m.search(nfd(text)) is not None for m in made),
            "bad": [p for p, m in zip(patterns, made) if m is None]}


def write_goldens():
    rows = []
    for answer in STRINGS:  # the texts that hold it, by their number
        rows.append({"mode": "string", "answers": [answer], "matches": [i for i, t in enumerate(TEXTS) if contains(tokens(t), tokens(answer))]})
    for pattern in PATTERNS:
        all_rows = [regex_row([pattern], t) for t in TEXTS]
        rows.append({"mode": "regex", "answers": [pattern], "matches": [i for i, r in enumerate(all_rows) if r["match"]], "bad": all_rows[0]["bad"]})
    rows.append({"mode": "string", "answers": ["london", "paris"], "text": "Paris", "match": True})
    rows.append({"mode": "string", "answers": [], "text": "Paris", "match": False})
    rows.append(regex_row(["london", "(", "par.s"], "Paris"))
    rows.append(regex_row(["(", "["], "([ Paris"))
    rows += list(random_rows())
    with open(OUT, "w") as file:
        file.write(json.dumps({"texts": TEXTS}, separators=(",", ":")) + "\n")
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def write_decisions(questions, wiki, count, mode, out):
    with lzma.open(pathlib.Path(wiki) / "psgs_w100-aa.tsv.xz", "rt", encoding="utf-8", newline="\n") as file:
        next(file)
        texts = [line.split("\t")[1] for n, line in zip(range(97 * count), file) if n % 97 == 0]
    texts = [nfd(t) if mode == "regex" else tokens(t) for t in texts]
    with open(questions, newline="") as file, open(out, "w") as decisions:
        for _, answers in csv.reader(file, delimiter="\t"):
            answers = ast.literal_eval(answers)
            if mode == "regex":
                made = [m for m in map(compiled, answers) if m is not None]
                hits = [any(m.search(t) for m in made) for t in texts]
            else:
                made = [tokens(a) for a in answers]
                hits = [any(contains(t, m) for m in made) for t in texts]
            decisions.write(json.dumps(answers) + "\t" + "".join("01"[h] for h in hits) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", nargs=5, metavar=("FILE", "WIKI", "COUNT", "MODE", "OUT"))
    a = parser.parse_args()
    if a.questions:
        questions, wiki, count, mode, out = a.questions
        write_decisions(questions, wiki, int(count), mode, out)
    else:
        write_goldens()


if __name__ == "__main__":
    sys.exit(main())
