#!/usr/bin/env python3
"""Makes testdata/vectors/*.npy and fuzz/corpus/npy/: arrays as NumPy saves them, and damaged ones.

Made with numpy 2.4.6.
    python tools/goldens/npy.py

testdata/vectors: v1.npy, v2.npy, v3.npy hold the float32 matrix [[0, 1, 2], [3, 4, 5]] / 4 in each
version of the format; the others are what must be refused, named after why.
fuzz/corpus/npy: those, and hostile headers.
"""

import io
import pathlib
import struct
import warnings

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
MATRIX = numpy.arange(6, dtype="<f4").reshape(2, 3) / 4
MAGIC = b"\x93NUMPY"


def saved(array, version=None):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numpy.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def with_header(text, data=MATRIX.tobytes(), version=1, length=None):
    """A file whose dict is `text`, as it stands."""
    text = text.encode("latin-1")
    length = len(text) if length is None else length
    return MAGIC + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", length) + text + data


def header(descr="'<f4'", order="False", shape="(2, 3)", extra=""):
    text = "{'descr': %s, 'fortran_order': %s, 'shape': %s, %s}" % (descr, order, shape, extra)
    return text + " " * (-(len(text) + 11) % 64) + "\n"


GOLDENS = {
    "v1": saved(MATRIX, (1, 0)),
    "v2": saved(MATRIX, (2, 0)),
    "v3": saved(MATRIX, (3, 0)),
    "no_rows": saved(numpy.zeros((0, 3), "<f4")),
    "fortran_order": saved(numpy.asfortranarray(MATRIX)),
    "big_endian": saved(MATRIX.astype(">f4")),
    "float64": saved(MATRIX.astype("<f8")),
    "float16": saved(MATRIX.astype("<f2")),
    "int32": saved(MATRIX.astype("<i4")),
    "objects": saved(MATRIX.astype(object)),
    "records": saved(numpy.zeros((2, 3), [("a", "<f4"), ("b", "<f4")])),
    "one_axis": saved(MATRIX.ravel()),
    "three_axes": saved(MATRIX.reshape(2, 3, 1)),
    "no_axes": saved(numpy.float32(1).reshape(())),
    "no_columns": saved(numpy.zeros((3, 0), "<f4")),
}

HOSTILE = {
    "empty": b"",
    "magic_only": MAGIC,
    "npz": b"PK\x03\x04" + bytes(60),
    "version_9": with_header(header(), version=9),
    "cut_header": GOLDENS["v1"][:40],
    "cut_data": GOLDENS["v1"][:-1],
    "trailing_byte": GOLDENS["v1"] + b"x",
    "header_4_gb": with_header(header(), version=2, length=0xFFFFFFFF),
    "overflowing_rows": with_header(header(shape="(4611686018427387905, 3)")),
    "overflowing_product": with_header(header(shape="(6148914691236517206, 6148914691236517206)")),
    "overflowing_number": with_header(header(shape="(99999999999999999999999, 3)")),
    "negative": with_header(header(shape="(-2, -3)")),
    "python_2_long": with_header(header(shape="(2L, 3L)")),
    "evaluated": with_header(header(shape="(1+1, __import__('os').getpid())")),
    "deep": with_header("{'descr': " + "(" * 2000),
    "many_axes": with_header(header(shape="(" + "1," * 100 + ")")),
    "twice": with_header(header(extra="'shape': (2, 3)")),
    "missing": with_header("{'descr': '<f4', 'shape': (2, 3), }\n"),
    "other_key": with_header(header(extra="'order': 'C'")),
    "no_end": with_header("{'descr': '<f4"),
    "nul": with_header(header().replace(" ", "\0")),
    "double_quotes_tight": with_header('{"shape":(2,3),"fortran_order":False,"descr":"<f4"}' + " " * 2 + "\n"),
    "unaligned": with_header(header() + " "),
    "after_the_dict": with_header(header().replace(" \n", "x\n")),
    "escape": with_header(header(descr="'<f\\x34'")),
}


def main():
    goldens, corpus = ROOT / "testdata" / "vectors", ROOT / "fuzz" / "corpus" / "npy"
    for folder in goldens, corpus:
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in GOLDENS.items():
        (goldens / f"{name}.npy").write_bytes(content)
    for name, content in {**GOLDENS, **HOSTILE}.items():
        (corpus / name).write_bytes(content)


if __name__ == "__main__":
    main()
