#!/usr/bin/env python3
"""Makes testdata/vectors/version1.vectors and fuzz/corpus/vector_file/, from docs/formats/vectors.md.

Written from the page and not from the program, so that the two hold each other. Made with libxxhash
0.8.1.
    python tools/goldens/vector_file.py

version1.vectors holds 3 vectors of 5 dimensions, the numbers 0 to 14 divided by 8. A file of this
version must stay readable: do not make it again when the format gets a new version; add one.
"""

import array
import ctypes
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNFINISHED = 2**64 - 1


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


XXHASH = ctypes.CDLL("libxxhash.so.0")
XXHASH.XXH3_128bits.restype = Hash128
XXHASH.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def checksum(content):
    value = XXHASH.XXH3_128bits(content, len(content))
    return b"%016x%016x" % (value.high, value.low)


def vectors(rows, dimensions):
    return array.array("f", [i / 8 for i in range(rows * dimensions)]).tobytes()


def file(rows=3, dimensions=5, version=1, element=1, data=None, magic=b"DPRVECS\n", said=None, check=None):
    data = vectors(rows, dimensions) if data is None else data
    fields = magic + struct.pack("<IIQQ", version, element, dimensions, rows if said is None else said)
    return fields + (checksum(data + fields) if check is None else check) + data


GOOD = file()
CORPUS = {
    "good": GOOD,
    "no_rows": file(rows=0),
    "one_dimension": file(rows=7, dimensions=1),
    "wide": file(rows=1, dimensions=700),
    "empty": b"",
    "cut_header": GOOD[:63],
    "header_only": GOOD[:64],
    "cut_data": GOOD[:-1],
    "cut_row": GOOD[:-20],
    "trailing_byte": GOOD + b"x",
    "trailing_row": GOOD + bytes(20),
    "flipped_data": GOOD[:70] + b"\xff" + GOOD[71:],
    "other_magic": file(magic=b"DPRVECS\r"),
    "version_2": file(version=2),
    "f16": file(element=2),
    "element_77": file(element=77),
    "no_dimensions": file(dimensions=0, data=b""),
    "many_dimensions": file(dimensions=2**63, data=vectors(3, 5)),
    "overflowing_rows": file(said=2**62 + 3, data=vectors(3, 5)),
    "swapped": file(rows=5, dimensions=3, check=GOOD[32:64]),
    "unfinished": file(said=UNFINISHED, data=vectors(3, 5), check=bytes(32)),
    "unfinished_half_row": file(said=UNFINISHED, data=vectors(3, 5) + b"half", check=bytes(32)),
    "no_checksum": file(check=bytes(32)),
    "infinities": file(data=struct.pack("<15f", *[float("inf"), float("nan"), -0.0] * 5)),
}


def main():
    goldens, corpus = ROOT / "testdata" / "vectors", ROOT / "fuzz" / "corpus" / "vector_file"
    for folder in goldens, corpus:
        folder.mkdir(parents=True, exist_ok=True)
    (goldens / "version1.vectors").write_bytes(GOOD)
    for name, content in CORPUS.items():
        (corpus / name).write_bytes(content)


if __name__ == "__main__":
    main()
