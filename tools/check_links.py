#!/usr/bin/env python3
"""Holds what the documents point at.

In every *.md file: a relative link names a file that exists, its #anchor a heading of that file, and
a word in backticks that looks like a path of the project (src/..., docs/..., tools/...) exists too.
In the sources too, documents that are named exist. Usage: check_links.py [ROOT]
"""
import pathlib
import re
import sys

import project

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
BACKTICK = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
PROJECT_PATH = re.compile(r"^\.?/?(?:src|docs|tools|tests|testdata|fuzz|cmake|examples|\.ci)/[\w./-]+$")
PLACEHOLDER = re.compile(r"\b(NAME|READER|MODULE|FILE|TOPIC)\b")
DOCUMENT_IN_COMMENT = re.compile(r"\bdocs/(?:design|formats|results)/[a-z0-9_-]+\.md\b")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def anchor(heading):
    """The anchor of a heading, as GitHub makes it."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "")).replace(" ", "-")


def anchors(path):
    found, counts = set(), {}
    for match in re.finditer(r"^#{1,6}\s+(.*?)\s*#*$", FENCE.sub(blank, path.read_text()), re.MULTILINE):
        name = anchor(match.group(1))
        count = counts.get(name, 0)
        counts[name] = count + 1
        found.add(name if count == 0 else f"{name}-{count}")
    return found | set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", path.read_text()))


def check_target(root, path, target):
    """What is wrong with a link, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    name, _, fragment = target.partition("#")
    there = path if not name else (root / name.lstrip("/") if name.startswith("/") else path.parent / name)
    if not there.exists():
        return f"the link {target} leads nowhere"
    if not there.resolve().is_relative_to(root.resolve()):
        return f"the link {target} leaves the project"
    if fragment and there.suffix == ".md" and fragment not in anchors(there):
        return f"{there.name} has no heading for #{fragment}"
    return None


def check_document(root, path):
    shown, text = path.relative_to(root), path.read_text()
    prose = FENCE.sub(blank, text)
    links = BACKTICK.sub(blank, prose)
    for match in [*LINK.finditer(links), *REFERENCE.finditer(links)]:
        problem = check_target(root, path, match.group(1))
        if problem:
            yield shown, text.count("\n", 0, match.start(1)) + 1, problem
    for match in BACKTICK.finditer(prose):
        name = match.group(1)
        if PROJECT_PATH.match(name) and not PLACEHOLDER.search(name) and not (root / name.removeprefix("./").lstrip("/")).exists():
            yield shown, text.count("\n", 0, match.start()) + 1, f"`{name}` does not exist"


def check_comments(root, path):
    text = path.read_text()
    for match in DOCUMENT_IN_COMMENT.finditer(text):
        if not (root / match.group(0)).is_file():
            yield path.relative_to(root), text.count("\n", 0, match.start()) + 1, f"{match.group(0)} does not exist"


def check(root):
    problems = []
    for path in project.files(root, "*.md"):
        problems += check_document(root, path)
    for path in project.files(root, "src/*.h", "src/*.cc", "*.cmake", "*.py", "CMakeLists.txt", "*/CMakeLists.txt"):
        if not path.name.startswith("test_check_"):
            problems += check_comments(root, path)
    return problems


if __name__ == "__main__":
    sys.exit(project.report(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else project.ROOT))))
