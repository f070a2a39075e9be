#!/usr/bin/env python3
"""Runs clang-tidy over all sources that a build compiles, in parallel, warnings as errors.

A file that passed is passed over as long as it, the project's headers behind it, its compile
command and the .clang-tidy files stay the same: BUILD/lint/ remembers. The longest files go first.
Usage: lint.py BUILD [FILE...]
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

import project

TIDY = "clang-tidy-14"


def closure(path, seen):
    """The file and the project's headers that it includes, directly or through another."""
    if path not in seen and path.is_file():
        seen.add(path)
        for _, name, is_system in project.includes(path.read_text()):
            if not is_system:
                closure(project.ROOT / "src" / name, seen)
    return seen


def key(entry, settings):
    """A hash of all that the result depends on."""
    digest = hashlib.sha256(settings + entry["command"].encode())
    for path in sorted(closure(pathlib.Path(entry["file"]), set())):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def lint(build, path):
    done = subprocess.run(
        [TIDY, "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option",
         "--extra-arg=-Wno-ignored-optimization-argument", str(path)],
        capture_output=True, text=True)
    return done.returncode, done.stdout + (done.stderr if done.returncode and not done.stdout else "")


def selected(build, names):
    """The compile commands of the project's own sources."""
    entries = json.loads((build / "compile_commands.json").read_text())
    wanted = {pathlib.Path(name).resolve() for name in names}
    found = {}
    for entry in entries:
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(project.ROOT) and not path.is_relative_to(build) and (not wanted or path in wanted):
            found.setdefault(path, entry)
    return found


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    entries = selected(build, sys.argv[2:])
    passed = build / "lint"
    passed.mkdir(exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    settings = version + b"".join(path.read_bytes() for path in project.files(project.ROOT, "*.clang-tidy"))
    keys = {path: key(entry, settings) for path, entry in entries.items()}
    waiting = sorted((path for path in keys if not (passed / keys[path]).exists()),
                     key=lambda path: -path.stat().st_size)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, (code, text) in zip(waiting, pool.map(lambda path: lint(build, path), waiting)):
            if code == 0:
                (passed / keys[path]).touch()
            else:
                failed += 1
                print(text.strip())
    print(f"{len(keys)} files, {len(keys) - len(waiting)} unchanged since they passed, {failed} failed")
    return 1 if failed or not keys else 0


if __name__ == "__main__":
    sys.exit(main())
