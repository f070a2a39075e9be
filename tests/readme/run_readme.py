"""Runs the shell blocks of README.md, in order, as a reader would type them.

The scratch folder that they run in looks like a checkout: every entry of the real one is linked into
it, so commands find ./dev, build/ and .work/, and what they make stays in the scratch folder. A block
after `<!-- not run: REASON -->` is passed over; so is `./dev test`, of which this is a part.
Usage: run_readme.py [README.md]
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?:<!-- not run: (?P<reason>[^\n]+?) -->\s*\n)?```sh\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
RUNS_THIS = re.compile(r"^\./dev test\b.*\n?", re.MULTILINE)


def blocks(text):
    """(line, code, reason not to run it or None) of each shell block."""
    return [(text.count("\n", 0, match.start("code")) + 1, match.group("code"), match.group("reason"))
            for match in BLOCK.finditer(text)]


def link_checkout(folder):
    for entry in ROOT.iterdir():
        if entry.name != ".git":
            (folder / entry.name).symlink_to(entry)


def run(readme):
    """The number of blocks that ran; ends with a message at the first that fails."""
    found = blocks(readme.read_text())
    ran = 0
    with tempfile.TemporaryDirectory(prefix="dpr-test-") as name:
        link_checkout(pathlib.Path(name))
        for line, code, reason in found:
            print(f"== {readme.name}:{line}" + (f": not run: {reason}" if reason else ""), flush=True)
            if reason:
                continue
            done = subprocess.run(["bash", "-euxo", "pipefail", "-c", RUNS_THIS.sub("", code)], cwd=name,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                sys.exit(f"{readme}:{line}: the block fails with exit code {done.returncode}")
            ran += 1
    return ran


if __name__ == "__main__":
    count = run(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "README.md")
    print(f"{count} blocks ran")
    sys.exit(0 if count > 0 else "no block ran")
