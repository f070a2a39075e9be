"""Installs a build into an empty folder and uses it as a stranger would.

The program runs from there; the example configures with find_package(dpr), builds against the
installed headers and library alone, indexes three passages with a tiny encoder and searches them.
Usage: install_test.py BUILD MODEL
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, MODEL = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="dpr-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.scratch = pathlib.Path(folder.name)
        cls.prefix = cls.scratch / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def test_the_program_runs_from_where_it_was_installed(self):
        self.assertTrue(run(self.prefix / "bin/dpr", "--version").startswith("dpr "))

    def test_licences_are_installed(self):
        for name in ("LICENSE", "THIRD_PARTY.md"):
            self.assertEqual(len(list(self.prefix.glob(f"share/doc/*/{name}"))), 1)

    def test_headers_that_are_private_are_not_installed(self):
        headers = [str(path.relative_to(self.prefix / "include")) for path in self.prefix.glob("include/**/*.h")]
        self.assertIn("dpr/retrieval/searcher.h", headers)
        self.assertNotIn("dpr/base/test_environment.h", headers)

    def test_the_example_builds_against_it_and_finds_the_passages(self):
        build = self.scratch / "example"
        run("cmake", "-S", ROOT / "examples", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        run("cmake", "--build", build)
        out = run(build / "search", MODEL, pathlib.Path(__file__).parent / "passages.jsonl", self.scratch / "three.dpr",
                  "What causes the tides?")
        self.assertIn("passages added: 3", out)
        for title in ("Tides", "Rust", "Bread"):
            self.assertIn(f"  {title}: ", out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
