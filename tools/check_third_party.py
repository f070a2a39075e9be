#!/usr/bin/env python3
"""Holds that THIRD_PARTY.md names everything that is linked.

Each shared library that a given program or library loads directly, and each package that
CMake looks for, stands in a table of THIRD_PARTY.md with a version and a licence.
Usage: check_third_party.py [--root ROOT] [PROGRAM...]
"""
import argparse
import pathlib
import re
import subprocess
import sys

import project

OURS = re.compile(r"^libdpr\.so")
FOUND_BY_CMAKE = re.compile(r"(?:find_package|pkg_check_modules)\(\s*([\w-]+)([^)]*)\)")
NOT_LINKED = {"PkgConfig", "dpr"}


def rows(text):
    """The cells of each row of the tables."""
    for line in text.split("\n"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and not set(line) <= set("|-: "):
            yield cells


def listed_names(text):
    """The names in backticks of rows that are complete."""
    return {name for cells in rows(text) if all(cells) for name in re.findall(r"`([^`]+)`", " ".join(cells[2:4]))}


def loaded_by(program):
    out = subprocess.run(["readelf", "--dynamic", "--wide", str(program)], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", out)


def looked_for(text):
    """Packages that a CMake file finds, under the name that THIRD_PARTY.md uses."""
    for match in FOUND_BY_CMAKE.finditer(re.sub(r"#.*", "", text)):
        name, rest = match.group(1), match.group(2).split()
        if match.group(0).startswith("pkg_check_modules"):
            name = rest[-1]
        if name not in NOT_LINKED:
            yield name


def check(root, programs):
    listed = listed_names((root / "THIRD_PARTY.md").read_text())
    for program in programs:
        for name in loaded_by(program):
            if name not in listed and not OURS.match(name):
                yield "THIRD_PARTY.md", 1, f"{program} links {name}, which is not listed"
    for path in project.files(root, "cmake/*.cmake", "CMakeLists.txt", "src/*/CMakeLists.txt"):
        for name in looked_for(path.read_text()):
            if name not in listed:
                yield "THIRD_PARTY.md", 1, f"{path.relative_to(root)} looks for {name}, which is not listed"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=project.ROOT)
    parser.add_argument("programs", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    return project.report(list(check(arguments.root, arguments.programs)))


if __name__ == "__main__":
    sys.exit(main())
