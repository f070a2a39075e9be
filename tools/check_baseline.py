#!/usr/bin/env python3
"""Fails where compiled code that every CPU may reach uses instructions beyond baseline x86-64.

Kernels for AVX2 live in namespaces N_AVX2, those for AVX-512 in N_AVX3 (docs/design/cpu-dispatch.md);
no other function may have a VEX or EVEX instruction, and an AVX2 kernel none with 512 bits.
Usage: check_baseline.py LIBRARY_OR_OBJECT...
"""

import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(\S+)(.*)$")
NOT_VECTOR = ("verr", "verw", "vm")  # segment checks and virtualisation; but vmov... is one


def is_vex(mnemonic):
    return mnemonic.startswith("vmov") or (
        mnemonic.startswith("v") and not mnemonic.startswith(NOT_VECTOR)
    )


def offences(path):
    listing = subprocess.run(
        ["objdump", "-d", "-C", "--no-show-raw-insn", path],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    function, seen = "", set()
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            function = match[1]
        elif match := INSTRUCTION.match(line):
            mnemonic, operands = match[1], match[2]
            if "N_AVX3::" in function:
                continue
            bad = "%zmm" in operands if "N_AVX2::" in function else is_vex(mnemonic)
            if bad and function not in seen:
                seen.add(function)
                yield f"{path}: {function}: {mnemonic}{operands}"


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = [offence for path in sys.argv[1:] for offence in offences(path)]
    for offence in found:
        print(offence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
