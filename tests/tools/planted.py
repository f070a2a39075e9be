"""A small project in a temporary folder, in which the tests of the checkers plant violations."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

SOUND = {
    "CMakeLists.txt": "# A project.\nset(DPR_MODULES base text cli)\n",
    "cmake/public_headers.cmake": "# Seen by users.\nset(DPR_PUBLIC_HEADERS\n  base/error.h text/words.h)\n",
    "src/dpr/base/CMakeLists.txt": "dpr_module(base LINK fmt::fmt)\n",
    "src/dpr/base/error.h": "// Errors.\n#pragma once\n\n#include <string>\n",
    "src/dpr/text/CMakeLists.txt": "dpr_module(text DEPENDS base)\n",
    "src/dpr/text/words.h": '// Words.\n#pragma once\n\n#include "dpr/base/error.h"\n',
    "src/dpr/text/words.cc": '#include "dpr/text/words.h"\n\n#include <unicode/uchar.h>\n\nint Words() { return 1; }\n',
    "src/dpr/cli/CMakeLists.txt": "dpr_module(cli DEPENDS text)\n",
    "README.md": "# Title\n\nSee [the words](src/dpr/text/words.h) and [above](#title).\n",
}


class PlantedProject(unittest.TestCase):
    """Each test plants one violation in a sound project; `self.check` is the checker under test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dpr-test-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        subprocess.run(["git", "init", "--quiet"], cwd=self.root, check=True)
        for name, text in SOUND.items():
            self.plant(name, text)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def problems(self):
        return [f"{path}:{line}: {problem}" for path, line, problem in self.check(self.root)]

    def assert_sound(self):
        self.assertEqual(self.problems(), [])

    def assert_finds(self, *parts):
        """Exactly one problem, and its line holds all the parts."""
        found = self.problems()
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])
