#!/usr/bin/env python3
"""Goldens of the vocabulary trainer, from the reference: WordPieceTrainer of `tokenizers`.

Made with tokenizers 0.23.3. Writes testdata/text/vocabulary/:
  text.txt      lines of made-up words with Zipf frequencies, accents, CJK, punctuation
  cases.jsonl   a case a line: its settings and the reference's pieces by id

The reference gives the pieces "##c" ids in the order in which its hash map yields the words, and that
order is random: five trainings on one text give five lists, which differ in the ids of "##c" and then,
since ids decide between equally frequent pairs, in the pieces. Everything else is determined. So the
alphabet and the "##c" are given to it here as special tokens, in the order that dpr has them in: they
have their ids before the hash map is asked. The script checks that this makes the list the same in
processes with other hash seeds, and that without it the reference's alphabet is the same set.
    python tools/goldens/vocabulary.py
"""
import collections
import concurrent.futures
import json
import multiprocessing
import pathlib
import random

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "text" / "vocabulary"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CASES = [
    {"size": 1500, "min_frequency": 2, "alphabet": 1000},
    {"size": 100000, "min_frequency": 2, "alphabet": 1000},
    {"size": 100000, "min_frequency": 0, "alphabet": 40},
    {"size": 700, "min_frequency": 25, "alphabet": 60},
    {"size": 1200, "min_frequency": 1, "alphabet": 1000, "lower_case": False},
    {"size": 1200, "min_frequency": 3, "alphabet": 1000, "lower_case": True, "strip_accents": False, "tokenize_chinese_chars": False},
    {"size": 10, "min_frequency": 2, "alphabet": 1000},
]


def make_text(rng):
    """Lines of words: syllables of several alphabets, frequent ones first."""
    starts = ["b", "d", "g", "k", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "th", "sch", "Qu", "ñ", "ç"]
    middles = ["a", "e", "i", "o", "u", "aa", "ee", "ie", "ou", "é", "ö", "e\u0301"]
    ends = ["", "", "n", "r", "s", "t", "ng", "st", "ll", "ß"]
    foreign = ["".join(rng.choices(alphabet, k=rng.randint(2, 6))) for alphabet in
               ["αβγδεςσΣά", "окябртьлёй", "אבגדה", "한글서울말", "あかガがき゛", "中国龍日本語", "aaaabb", "0123456789"] for _ in range(30)]
    words = foreign + ["".join(rng.choice(starts) + rng.choice(middles) + rng.choice(ends) for _ in range(rng.randint(1, 4))) for _ in range(2300)]
    words += ["[SEP]", "##re", "don't", "U.S.A.", "e-mail", "naïve", "İstanbul", "ﬁn", "a\u200db", "😀👍", "☃", "x" * 130]
    rng.shuffle(words)
    words = list(dict.fromkeys(words))
    weights = [1 / (rank + 3) for rank in range(len(words))]
    lines = []
    for _ in range(1500):
        line = []
        for word in rng.choices(words, weights, k=rng.randint(2, 12)):
            word = word.capitalize() if rng.random() < 0.1 else word.upper() if rng.random() < 0.03 else word
            line.append(word + rng.choice(["", "", "", "", ",", ".", "?", "…", "。"]))
        lines.append(rng.choice([" ", " ", " ", "  ", "\t", "\u3000"]).join(line))
    return lines


def tokenizer(case):
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=case.get("tokenize_chinese_chars", True),
        strip_accents=case.get("strip_accents"), lowercase=case.get("lower_case", True))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def alphabet(case, lines):
    """The characters that the limit keeps, and those of them that stand inside words."""
    made, frequency, inside = tokenizer(case), collections.Counter(), set()
    for line in lines:
        for word, _ in made.pre_tokenizer.pre_tokenize_str(made.normalizer.normalize_str(line)):
            frequency.update(word)
            inside.update(word[1:])
    by_frequency = sorted(frequency, key=lambda c: -frequency[c])
    limit = case["alphabet"]
    # The reference sorts unstably: a tie at the limit is decided by its hash map.
    assert len(by_frequency) <= limit or frequency[by_frequency[limit - 1]] > frequency[by_frequency[limit]], case
    kept = sorted(by_frequency[:limit])
    return kept, ["##" + c for c in kept if c in inside]


def train(case, lines, special):
    made = tokenizer(case)
    made.train_from_iterator(lines, trainers.WordPieceTrainer(
        vocab_size=case["size"], min_frequency=case["min_frequency"], limit_alphabet=case["alphabet"],
        special_tokens=special, continuing_subword_prefix="##", show_progress=False))
    ids = made.get_vocab()
    assert sorted(ids.values()) == list(range(len(ids)))
    return sorted(ids, key=ids.get)


def main():
    lines = make_text(random.Random(20121015))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "text.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")
    with open(OUT / "cases.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for case in CASES:
            kept, inside = alphabet(case, lines)
            special = SPECIAL + kept + inside
            pieces = train(case, lines, special)
            lists = {tuple(pieces)}
            free = set()
            for _ in range(5):  # a new process, not a forked one, has another hash seed
                with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                    lists.add(tuple(pool.submit(train, case, lines, special).result()))
                    free.add(tuple(pool.submit(train, case, lines, SPECIAL).result()))
            assert len(lists) == 1, case
            assert all(sorted(pieces[:len(special)]) == sorted(other[:len(special)]) for other in free), case
            print(len(pieces), "pieces;", len(free), "lists of 5 where the order is left to the reference,",
                  len({frozenset(other) for other in free}), "as sets")
            out.write(json.dumps({**case, "pieces": pieces}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
