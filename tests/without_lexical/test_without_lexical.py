"""A build without BM25: it configures, links no Xapian, says its licence, and refuses BM25 with what to do.

Usage: test_without_lexical.py PROGRAM MODEL
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, MODEL = sys.argv[1], sys.argv[2]


def dpr(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


class WithoutLexical(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dpr-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.source = self.folder / "p.jsonl"
        self.source.write_text('{"id": "a", "title": "Tides", "text": "The moon pulls the sea."}\n')

    def test_it_loads_no_xapian_and_says_its_licence(self):
        loaded = subprocess.run(["readelf", "--dynamic", "--wide", PROGRAM], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("xapian", loaded)
        version = dpr("--version").stdout
        self.assertIn("Apache-2.0", version)
        self.assertNotIn("GPL", version)

    def test_dense_search_works(self):
        collection = self.folder / "c.dpr"
        self.assertEqual(dpr("index", self.source, "-o", collection, "--model", MODEL).returncode, 0)
        self.assertIn("Tides", dpr("search", collection, "What causes the tides?").stdout)

    def test_bm25_is_refused_with_what_to_do(self):
        for more in ([], ["--bm25", "--model", MODEL]):
            refused = dpr("index", self.source, "-o", self.folder / "c.dpr", *more)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("this build of dpr has no BM25", refused.stderr)
            self.assertIn("DPR_LEXICAL=ON", refused.stderr)
            self.assertFalse((self.folder / "c.dpr").exists())

    def test_the_build_option_configures_and_takes_one_file_instead_of_the_module(self):
        subprocess.run(["cmake", "-S", ROOT, "-B", self.folder / "build", "-G", "Ninja", "-DDPR_LEXICAL=OFF", "-DDPR_TESTS=OFF",
                        "-DCMAKE_BUILD_TYPE=Release"], check=True, capture_output=True)
        commands = subprocess.run(["ninja", "-C", self.folder / "build", "-t", "commands"], check=True, capture_output=True, text=True).stdout
        self.assertIn("without_xapian.cc", commands)
        self.assertNotIn("lexical_index.cc", commands)
        self.assertNotIn("libxapian", commands)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
