"""The texts and questions that measurements use: real Wikipedia passages and real questions."""
import csv
import lzma

from common import DATA, WORK

csv.field_size_limit(1 << 30)


def passages(count, step=1):
    """(title, text) of every `step`-th Wikipedia passage."""
    out = []
    number = 0
    for part in ("aa", "ab", "ac", "ad"):
        with lzma.open(DATA / f"wiki/psgs_w100-{part}.tsv.xz", "rt") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                number += 1
                if number % step == 0:
                    out.append((row["title"], row["text"]))
                if len(out) == count:
                    return out
    return out


def questions(count):
    """Questions of nq-dev."""
    with open(DATA / "questions/nq-dev.qa.csv", encoding="utf-8") as file:
        return [row[0] for row, _ in zip(csv.reader(file, delimiter="\t"), range(count))]


def answered_questions(count):
    """The first questions of nq-dev with their answers as a file."""
    path = WORK / f"questions-{count}.qa.csv"
    with open(DATA / "questions/nq-dev.qa.csv", encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.reader(file, delimiter="\t"), range(count))]
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)
    return path


def passages_tsv(count):
    """The first `count` passages as one TSV file, made once."""
    path = WORK / f"psgs-{count}.tsv"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(["id", "text", "title"])
            for number, (title, text) in enumerate(passages(count), 1):
                writer.writerow([number, text, title])
        temporary.rename(path)
    return path


def write_texts(path, texts):
    """TITLE<TAB>TEXT a line, as `dpr encode` and `dpr bench encode` read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{title}\t{text}\n" for title, text in texts)
    return path
