#!/usr/bin/env python3
"""Goldens of the WordPiece tests, from the reference: transformers' BertTokenizer.

Written with transformers 5.23.0, tokenizers 0.23.3, Python 3.11 (Unicode 14.0, for choosing samples
only). In transformers 5 BertTokenizer is the Rust tokenizer of the `tokenizers` package.

  wordpiece.py                                     writes testdata/text/wordpiece/
  wordpiece.py --passages MODEL WIKI COUNT OUT     hashes of the ids of real passages: for each line
                                                   of WIKI/psgs_w100-a?.tsv.xz (header left out, fields
                                                   as they stand, not unquoted) one of its text alone
                                                   and one of (title, text) cut to 256 tokens
"""
import argparse
import json
import lzma
import pathlib
import random
import shutil
import string
import sys
import tempfile
import unicodedata

from tokenizers import AddedToken, normalizers, pre_tokenizers
from transformers import AutoTokenizer, BertTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "testdata/text/wordpiece"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def fnv(values):
    """FNV-1a, 64 bits, over whole numbers: bytes or ids."""
    h = 0xCBF29CE484222325
    for v in values:
        h = (h ^ v) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


# --- the vocabulary: a few hundred pieces made here --------------------------------------------
def vocabulary(cased):
    letters = list(string.ascii_lowercase) + (list(string.ascii_uppercase) if cased else [])
    letters += list("éïöβαγδσςλоктябрьאבשلمعक地あかガがßı") + ["i\u0307", "\u0301", "\u0308"]
    jamo = list(unicodedata.normalize("NFD", "한글"))
    words = ["the", "hello", "world", "un", "word", "piece", "to", "ken", "isation", "hel", "lo", "한", "글",
             "中", "国", "龍", "豈", "日", "本", "\U00020000", "\U0002b900", "\u0378", "😀", "👍", "❤", "👨", "👩", "🏽", "🇬",
             "ﬁ", "Ａ", "½", "²", "ǅ", "𝒜", "๑", "\u0488", "\u302e"]
    if cased:
        words += ["The", "Hello", "World", "É"]
    inside = ["##ing", "##aff", "##able", "##s", "##ed", "##piece", "##isation", "##llo", "##한", "##👩", "##❤", "##\u200d",
              "##ﬁ", "##²", "##\U0001d165", "##\U0001e944", "##\u302e", "##\u1173"]
    pieces = SPECIAL + ["[unused1]"] + letters + ["##" + c for c in letters] + jamo + ["##" + j for j in jamo]
    pieces += list(string.digits) + ["##" + d for d in string.digits]
    pieces += list(string.punctuation) + list("—“”…，。¿«»•") + words + inside
    return list(dict.fromkeys(pieces))


# --- texts --------------------------------------------------------------------------------------
def category_texts():
    """For every general category a few code points spread over it: inside a word and alone."""
    by_category = {}
    for cp in range(0x110000):
        if not 0xD800 <= cp < 0xE000:
            by_category.setdefault(unicodedata.category(chr(cp)), []).append(cp)
    texts = []
    for category in sorted(by_category):
        points = by_category[category]
        sample = sorted({points[i * (len(points) - 1) // 7] for i in range(8)})
        texts.append(" ".join(f"a{chr(c)}b {chr(c)}" for c in sample))
    return texts


def long_word_texts():
    texts = []
    for n in (99, 100, 101, 200):
        texts += ["a" * n, "x " + "ab" * (n // 2) + "a" * (n % 2) + " y", "é" * n, "e\u0301" * n, "あ" * n, "😀" * n, "q" + "\u00ad" * n,
                  "a" * n + "." + "b" * n]
    return texts


def random_texts(count=120):
    draw = random.Random(20201116)
    alphabets = [string.ascii_letters, string.digits + string.punctuation + "  ", "éïöÉßİıǅΣσςΑΒΓ", "октябрьОКТ", "אבשَُلمعִ",
                 "कि्षา้", "中国龍豈日本あかガがプ한글각", "😀👍❤👨👩🏽🇬\u200d\ufe0f\u20e3", "\u0301\u0308\u0323\u0345\u302e\u1939\U0001d165\U0001e944",
                 "\x00\x01\t\n\r\x0b\x0c\x7f\x85\xa0\xad\u200b\u2028\u2029\u3000\ufeff\ufffd\ue000", "\u2e43\u061d\u166d\U000111c9\u1885\ua9bd\u0378"]
    texts = []
    for _ in range(count):
        chosen = draw.sample(alphabets, 3) + [string.ascii_letters + " "]
        texts.append("".join(draw.choice(draw.choice(chosen)) for _ in range(draw.randrange(1, 40))))
    for _ in range(count // 4):
        texts.append("".join(chr(draw.choice([draw.randrange(0x20, 0xD800), draw.randrange(0xE000, 0x20000)])) for _ in range(20)))
    return texts


def texts():
    return [
        "", " ", " \t\n\r ", "hello", "Hello, World!", "unaffable wordpiece tokenisations", "a", "##ing un##aff #", "zzz qqq", "don't stop...now?!",
        "e-mail: a.b@c.de (100%) $5 ^_^ `x` ~ | \\ <tag>", "café Café CAFÉ naïve coöperate", "cafe\u0301 nai\u0308ve \u0301 a\u0301\u0308b a\u0308\u0301b",
        "İstanbul ISTANBUL ıI i\u0307", "ΑΣ ΑΣΑ ΟΔΥΣΣΕΥΣ σς Σ ΑΣ. ΑΣ\u0301", "Straße STRASSE ẞ ß", "ﬁne ﬂow Ａ１ ½ ² ǅ ǈ 𝒜 Ⅷ",
        "中国", "a中b国c", "中 国。，日本語", "豈龍\U0002f800\U00020000\U0002b820\U0002b900\U0002b920a", "あかガがプ カ\u3099 ｶﾞ", "한글 한글a 각", "สวัสดี ๑๒๓", "किक्ष हिन्दी",
        "السَّلامُ عليكم", "שָׁלוֹם", "октябрь Октябрь ЙЁ", "Việt Nam Ǭ ắ Ǖ", "≠ ≰ \u037e \u1fef \u212a \u212b \u2126", "\u0958\ufb2c\u0344\u0f73",
        "😀", "👨‍👩‍👧 👨\u200d👩", "👍🏽 👍 🏽", "❤️ ❤\ufe0f\u200d🔥 1️⃣ #️⃣", "🇬🇧🇬", "a😀b", "😀😀", "x\u200dy\u200cz\u200b!\u2060\ufeff",
        "a\x00b c\x01d\x7fe\x80f", "a\tb\nc\rd\x0be\x0cf\x1cg\x85h", "a\xa0b\u1680c\u2003d\u202fe\u205ff\u3000g\u180eh\u2028i\u2029j",
        "a\ufffdb \ufffd", "a\ue000b \U000f0000 \U0010fffd", "a\u0378b \u0378 a\uffffb \U0001fffe", "soft\u00adhyphen", "\u0600a \u06dd \u08e2b \U000110bd \U000110cd",
        "\u2e43 a\u061db \u166d \U000111c9 \u1885a \ua9bd \u1734a", "k\u302e\u1939 \u1939\u302e \U0001e944\U0001e94a \U0001d15e\U0001d160 a\U0001d165\u0301\U0001d166b",
        # marks that survive, of classes 224, 216 and 7, in order and not: with nothing, a stripped mark, a mark of class 0, a removed character between
        "a\u302e\U0001d165b a\U0001d165\u302eb a\u302e\U0001d165\U0001e944 a\u302e\u0301\U0001d165b a\u302e\u0901\U0001d165b a\u302e\x01\U0001d165b a\u302e \U0001d165b",
        "a\u0301\u302e\u1939b a\u1939\U0001e944\u302eb a\U0001e8d0\u302eb a\u302e\u0345\U0001e8d0b a\u302e\u0901\u1939b", "\U00010d50\U00016ea0\u1c89\ua7cbx",
        "[SEP]", "a[SEP]b", "[sep] [Sep]", "[CLS][MASK] [PAD]", "[ SEP ] [SEP [[SEP]] SEP]", "[unused1] [UNK]", "hello [MASK] world [SEP]", "[SE\u0301P]", "[SEP",
        "A[MASK]\u0301b a\u0301[SEP]\u0308", "¿Qué? «sí» “no” — • …", "1,000.50 3rd 2²", "the the the", "\U0001f600" * 3 + "the",
    ] + category_texts() + long_word_texts() + random_texts()


INVALID = [b"\xff", b"a\xffb", b"a\xc3", b"a\xc3b \xc3\xa9", b"\xe4\xb8", b"\xe4\xb8a", b"\xe4\xb8\xad\xe4", b"\xf0\x9f\x98", b"x\xf0\x9f\x98y", b"\xed\xa0\x80a",
           b"\xed\xa0\xbd\xed\xb8\x80", b"\xc0\xaf\xc1\xbf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf5hello\xfe", b"\x80\x80the\xbf", b"[SEP\xff]", b"hel\xfelo"]

ADDED_TEXTS = ["foo", "foofoo Foo", "a foo b", "afoob foo.", "left [L] right", "x  [L]  y[L]z", "x [R]   y [R]", " [B] x [B] ", "wholeword whole word", "a whole b.whole", "whole whole_ \u0301whole",
               "New York new york NEW YORK", "new  york newyork", "[L][R][B][L]", "\u3000[L]\u3000[R]\u3000x", "fo foofo", "[SEP][L] [CLS]", "Crème creme brulee", "CRE\u0300ME", "ABC AB A"]


# --- writing ------------------------------------------------------------------------------------
def write_json_lines(path, rows):
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))


def save(tokenizer, name, as_text=False):
    folder = OUT / name
    with tempfile.TemporaryDirectory() as made:
        tokenizer.save_pretrained(made)
        folder.mkdir(parents=True)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            if not (as_text and file == "tokenizer.json"):
                shutil.copy(pathlib.Path(made) / file, folder / file)
    if as_text:
        vocab = tokenizer.get_vocab()
        (folder / "vocab.txt").write_text("".join(p + "\n" for p in sorted(vocab, key=vocab.get)))
    return BertTokenizer.from_pretrained(folder)


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def pairs(tokenizer):
    backend = tokenizer._tokenizer
    for m in (3, 4, 5, 6, 7, 8, 9, 12, 13):
        backend.enable_truncation(max_length=m, strategy="longest_first")
        for n1, n2 in ((0, 0), (0, 9), (9, 0), (1, 1), (2, 2), (3, 3), (2, 3), (3, 2), (4, 5), (5, 4), (5, 5), (1, 20), (20, 1), (20, 20), (20, 30), (30, 20)):
            yield {"first": "a " * n1, "second": "b " * n2, "max_length": m, "ids": backend.encode("a " * n1, "b " * n2).ids}
        for first, second in (("Hello, World!", "unaffable wordpiece tokenisations"), ("tokenisations zzz", "the [SEP] the"), ("中国", "hello [MASK]")):
            yield {"first": first, "second": second, "max_length": m, "ids": backend.encode(first, second).ids}
    for m in (2, 3, 4, 5, 8, 100):
        backend.enable_truncation(max_length=m, strategy="longest_first")
        for text in ("", "a", "hello world", "unaffable wordpiece tokenisations", "a [SEP] b [MASK]"):
            yield {"first": text, "second": None, "max_length": m, "ids": backend.encode(text).ids}
    backend.no_truncation()


def character_hashes():
    """Every code point between two letters: the words that it makes, hashed by blocks."""
    blocks = [(b, b + 0x1000) for b in range(0, 0x20000, 0x1000)] + [(b, b + 0x10000) for b in range(0x20000, 0x110000, 0x10000)]
    split = pre_tokenizers.BertPreTokenizer()
    for lower in (True, False):
        for strip in (True, False):
            for chinese in (True, False):
                normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)
                hashes = []
                for begin, end in blocks:
                    made = []
                    for cp in range(begin, end):
                        if 0xD800 <= cp < 0xE000:
                            continue
                        words = split.pre_tokenize_str(normalizer.normalize_str("a" + chr(cp) + "b"))
                        made.append("\x1f".join(w for w, _ in words) + "\x1e")
                    hashes.append(f"{fnv(''.join(made).encode()):016x}")
                yield {"lower_case": lower, "strip_accents": strip, "tokenize_chinese_chars": chinese, "hashes": hashes}


def write_goldens():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)

    def make(cased, **settings):
        return BertTokenizer(vocab={p: i for i, p in enumerate(vocabulary(cased))}, do_lower_case=not cased, **settings)

    tokenizers = {"uncased": save(make(False), "uncased", as_text=True), "cased": save(make(True), "cased")}
    variants = {"uncased_accents": make(False, strip_accents=False), "cased_stripped": make(True, strip_accents=True),
                "uncased_joined_cjk": make(False, tokenize_chinese_chars=False)}
    all_tokenizers = {**tokenizers, **variants}
    rows = []
    for text in texts():
        rows.append({"text": text, **{name: ids(t, text) for name, t in all_tokenizers.items()}})
    for data in INVALID:
        text = data.decode("utf-8", errors="replace")
        rows.append({"bytes": data.hex(), **{name: ids(t, text) for name, t in all_tokenizers.items()}})
    write_json_lines(OUT / "texts.jsonl", rows)
    write_json_lines(OUT / "encoded.jsonl", pairs(tokenizers["uncased"]))

    added = make(False)
    added.add_tokens([AddedToken("foo", normalized=False), AddedToken("[L]", lstrip=True, normalized=False), AddedToken("[R]", rstrip=True, normalized=False),
                      AddedToken("[B]", lstrip=True, rstrip=True, normalized=False), AddedToken("whole", single_word=True, normalized=False),
                      AddedToken("New York", normalized=True), AddedToken("Crème", normalized=True, single_word=True), AddedToken("A", normalized=False),
                      AddedToken("ABC", normalized=False), AddedToken("foofo", normalized=False)])
    added = save(added, "added")
    write_json_lines(OUT / "added.jsonl", [{"text": text, "ids": ids(added, text)} for text in ADDED_TEXTS])
    write_json_lines(OUT / "characters.jsonl", character_hashes())


def write_passage_hashes(model, wiki, count, out):
    tokenizer = AutoTokenizer.from_pretrained(model)
    backend = tokenizer._tokenizer
    backend.no_padding()

    def passages():
        for path in sorted(pathlib.Path(wiki).glob("psgs_w100-a?.tsv.xz")):
            with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
                next(file)
                for line in file:
                    yield line.rstrip("\r\n").split("\t")

    with open(out, "w") as file:
        for n, (_, text, title) in enumerate(passages()):
            if n == count:
                break
            backend.no_truncation()
            alone = fnv(backend.encode(text, add_special_tokens=False).ids)
            backend.enable_truncation(max_length=256)
            file.write(f"{alone:016x} {fnv(backend.encode(title, text).ids):016x}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", nargs=4, metavar=("MODEL", "WIKI", "COUNT", "OUT"))
    a = parser.parse_args()
    if a.passages:
        model, wiki, count, out = a.passages
        write_passage_hashes(model, wiki, int(count), out)
    else:
        write_goldens()


if __name__ == "__main__":
    sys.exit(main())
