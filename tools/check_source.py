#!/usr/bin/env python3
"""Holds what neither the compiler, clang-format nor clang-tidy holds.

- no file of code beyond 400 lines
- each header, script, CMake file and Python file begins by saying what it is for
- headers have #pragma once (-inl.h files are included once per instruction set)
- no raw new or delete, no `using namespace`, no unfinished work, no switched-off test
- the library neither prints nor ends the process: only cli, the error of our own bugs, the kill
  points of the tests and what is test, fuzz target or benchmark may
Usage: check_source.py [ROOT]
"""
import pathlib
import re
import sys

import project

MOST_LINES = 400

FORBIDDEN = [
    (re.compile(r"(?<!operator )(?<!\w)new\b(?!\s*\()"), "raw new: use std::make_unique or a container"),
    (re.compile(r"(?<!operator )(?<!= )\bdelete\b(\[\])?\s+[\w(*]"), "raw delete: let an owner free it"),
    (re.compile(r"\busing\s+namespace\b"), "using namespace: name what is used"),
]
UNFINISHED = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "unfinished work: do it, or write down where it is left out and why"),
    (re.compile(r"\bTEST\w*\(\s*(\w+\s*,\s*)?DISABLED_"), "a switched-off test: mend it or remove it"),
]
PRINTING = [
    (re.compile(r"\bstd::(cout|cerr|clog)\b"), "the library does not print"),
    (re.compile(r"(?<![\w:])(std::)?(printf|puts|putchar|perror)\s*\("), "the library does not print"),
    (re.compile(r"\bf(printf|puts|putc|flush)\s*\([^;]*\bstd(out|err)\b"), "the library does not print"),
    (re.compile(r"(?<![\w:.>])(std::|::)?_?(exit|abort|quick_exit|terminate)\s*\("),
     "the library does not end the process: throw dpr::Error"),
]
MAY_PRINT = re.compile(r"^src/dpr/cli/|^src/dpr/base/(error|kill_point)\.cc$|_(test|fuzz|bench)\.cc$|/test_\w+\.(h|cc)$")

NOT_CODE = re.compile(
    r'//[^\n]*|^[ \t]*#[ \t]*include[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL | re.MULTILINE)


def code_only(text):
    """The text with comments, includes and literals blanked, its lines kept."""
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def find(shown, text, rules):
    for pattern, problem in rules:
        for match in pattern.finditer(text):
            yield shown, text.count("\n", 0, match.start()) + 1, problem


def check_cpp(shown, text):
    code = code_only(text)
    yield from find(shown, text, UNFINISHED)
    yield from find(shown, code, FORBIDDEN)
    if str(shown).startswith("src/dpr/") and not MAY_PRINT.search(str(shown)):
        yield from find(shown, code, PRINTING)
    if shown.suffix == ".h":
        if not text.startswith("//"):
            yield shown, 1, "a header begins with a comment: what it is for"
        if "#pragma once" not in text and not shown.name.endswith("-inl.h"):
            yield shown, 1, "no #pragma once"


def check_script(shown, text):
    lines = [line for line in text.split("\n") if not line.startswith("#!")]
    if not lines or not lines[0].startswith(("#", '"""', 'r"""')):
        yield shown, 1, "begin with a comment: what it is for"


def check(root):
    problems = []
    cpp = project.cpp_files(root)
    scripts = project.files(root, "*.py", "*.sh", "*.cmake", "*/CMakeLists.txt", "dev", ".ci/run")
    for path in cpp + scripts:
        shown, text = path.relative_to(root), path.read_text()
        lines = text.count("\n")
        if lines > MOST_LINES:
            problems.append((shown, lines, f"{lines} lines: cut it, {MOST_LINES} is the most"))
        if path in cpp:
            problems += check_cpp(shown, text)
        elif path.name != "CMakeLists.txt" or lines > 5:
            problems += check_script(shown, text)
    return problems


if __name__ == "__main__":
    sys.exit(project.report(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else project.ROOT))))
