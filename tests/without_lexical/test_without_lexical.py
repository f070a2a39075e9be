"""A build without BM25: it configures, links no Xapian, says its licence, and refuses BM25 with what to do.

A collection with BM25, made by a build that has it, can still be inspected, verified and searched by its vectors.

Usage: test_without_lexical.py PROGRAM MODEL PROGRAM_WITH_BM25
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, MODEL, WITH_BM25 = sys.argv[1:4]


def dpr(*arguments, program=PROGRAM):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


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

    def test_a_new_collection_is_told_to_have_an_encoder(self):
        refused = dpr("index", self.source, "-o", self.folder / "c.dpr")
        self.assertIn("a new collection then needs an encoder (--model DIR)", refused.stderr)

    def with_bm25(self, *more):
        collection = self.folder / "both.dpr"
        made = dpr("index", self.source, "-o", collection, "--bm25", *more, program=WITH_BM25)
        self.assertEqual(made.returncode, 0, made.stderr)
        return collection

    def test_a_collection_with_bm25_is_searched_by_its_vectors_and_a_note_says_so(self):
        collection = self.with_bm25("--model", MODEL)
        for command in (["search", collection, "What causes the tides?", "--json"], ["eval", collection, "--questions", self.questions(), "--json"]):
            done = dpr(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("BM25 is left out: this build of dpr has none", done.stderr)
            self.assertEqual(dpr(*command, "--mode", "dense", "--quiet").stderr, "")
        self.assertNotIn("bm25_score", dpr("search", collection, "tides", "--json").stdout)
        for mode in ("bm25", "hybrid"):
            refused = dpr("search", collection, "tides", "--mode", mode)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("this build of dpr has no BM25", refused.stderr)
            self.assertIn("DPR_LEXICAL=ON", refused.stderr)

    def questions(self):
        path = self.folder / "q.qa.csv"
        path.write_text("what pulls the sea\t['moon']\n")
        return path

    def test_bm25_alone_cannot_be_searched(self):
        refused = dpr("search", self.with_bm25(), "tides")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("this build of dpr has no BM25", refused.stderr)

    def test_a_collection_with_bm25_is_inspected_and_verified(self):
        collection = self.with_bm25("--model", MODEL)
        done = dpr("inspect", collection, "--verify", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertTrue(found["verified"])
        self.assertEqual(found["passages"], 1)
        self.assertEqual(found["bm25"]["language"], "english")
        self.assertEqual(found["bm25"]["unreadable"], "this build of dpr has no BM25")
        database = next(collection.glob("segments/*/lexical.glass"))
        self.assertIn("unreadable", dpr("inspect", database).stdout)
        # The fingerprint covers what BM25 counts.
        self.assertIn("this build of dpr has no BM25", dpr("inspect", collection, "--fingerprint").stderr)
        database.write_bytes(database.read_bytes()[:-1] + b"?")
        self.assertIn("lexical.glass", dpr("inspect", collection, "--verify").stdout)

    def test_what_would_make_a_segment_without_bm25_is_refused(self):
        collection = self.with_bm25("--model", MODEL)
        before = dpr("inspect", collection, "--json").stdout
        more = self.folder / "more.jsonl"
        more.write_text('{"id": "b", "title": "Rust", "text": "Iron becomes rust."}\n')
        refused = dpr("index", more, "-o", collection)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the collection has BM25 and this build of dpr has none", refused.stderr)
        self.assertIn("DPR_LEXICAL=ON", refused.stderr)
        self.assertEqual(dpr("inspect", collection, "--json").stdout, before)
        made = dpr("index", more, "-o", collection, program=WITH_BM25)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(dpr("delete", collection, "a").returncode, 0)
        refused = dpr("compact", collection)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the collection has BM25 and this build of dpr has none", refused.stderr)
        self.assertEqual(dpr("inspect", collection, "--verify").returncode, 0)

    def test_the_build_option_configures_and_takes_one_file_instead_of_the_module(self):
        subprocess.run(["cmake", "-S", ROOT, "-B", self.folder / "build", "-G", "Ninja", "-DDPR_LEXICAL=OFF", "-DDPR_TESTS=OFF",
                        "-DCMAKE_BUILD_TYPE=Release"], check=True, capture_output=True)
        commands = subprocess.run(["ninja", "-C", self.folder / "build", "-t", "commands"], check=True, capture_output=True, text=True).stdout
        self.assertIn("without_xapian.cc", commands)
        self.assertNotIn("lexical_index.cc", commands)
        self.assertNotIn("libxapian", commands)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
