"""check_third_party.py finds what is linked or looked for and not listed."""
import pathlib
import unittest

import planted
import check_third_party

TABLE = ("| library | version | loaded as | found as | licence |\n|---|---|---|---|---|\n"
         "| fmt | 9.1.0 | `libfmt.so.9` | `fmt` | MIT |\n| xxHash | 0.8 | `libxxhash.so.0` | `libxxhash` | BSD |\n")
LIBC = "| C library | 2.36 | `libc.so.6`, `libtinfo.so.6` | `Threads` | LGPL |\n"


class CheckThirdParty(planted.PlantedProject):
    programs = []

    def check(self, root):
        return check_third_party.check(root, self.programs)

    def setUp(self):
        super().setUp()
        self.plant("THIRD_PARTY.md", TABLE)
        self.plant("cmake/dependencies.cmake", "# Libraries.\nfind_package(fmt REQUIRED)\n"
                                               "pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)\n")

    def test_accepts_a_sound_project(self):
        self.assert_sound()

    def test_finds_a_package_that_is_not_listed(self):
        self.plant("src/dpr/text/CMakeLists.txt", "dpr_module(text)\nfind_package(Boost REQUIRED)\n")
        self.assert_finds("src/dpr/text/CMakeLists.txt", "Boost")

    def test_finds_a_row_without_a_licence(self):
        self.plant("THIRD_PARTY.md", TABLE.replace("| MIT |", "| |"))
        self.assert_finds("fmt")

    def test_finds_a_loaded_library_that_is_not_listed(self):
        self.programs = [pathlib.Path("/bin/bash").resolve()]
        self.assertTrue(any("libc.so.6" in problem for problem in self.problems()))
        self.plant("THIRD_PARTY.md", TABLE + LIBC)
        self.assert_sound()


if __name__ == "__main__":
    unittest.main()
