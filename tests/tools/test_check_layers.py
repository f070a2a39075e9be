"""check_layers.py finds planted breaches of the modules' order, and nothing in a sound project."""
import unittest

import planted
import check_layers


class CheckLayers(planted.PlantedProject):
    check = staticmethod(check_layers.check)

    def test_accepts_a_sound_project(self):
        self.assert_sound()

    def test_finds_an_include_of_a_module_below(self):
        self.plant("src/dpr/base/file.cc", '#include "dpr/base/error.h"\n#include "dpr/text/words.h"\n')
        self.assert_finds("src/dpr/base/file.cc:2:", "text")

    def test_finds_an_include_of_a_module_that_is_not_linked(self):
        self.plant("src/dpr/text/CMakeLists.txt", "dpr_module(text)\n")
        self.assert_finds("src/dpr/text/words.h:4:", "does not link")

    def test_accepts_a_module_linked_through_another(self):
        self.plant("src/dpr/cli/main.cc", '#include "dpr/base/error.h"\n')
        self.assert_sound()

    def test_finds_a_link_to_a_module_below(self):
        self.plant("src/dpr/base/CMakeLists.txt", "dpr_module(base\n  DEPENDS text  # wrong\n  LINK fmt::fmt)\n")
        self.assert_finds("base links text")

    def test_finds_a_folder_that_is_no_module(self):
        self.plant("src/dpr/extra/extra.cc", "int Extra() { return 1; }\n")
        self.assert_finds("extra", "DPR_MODULES")

    def test_finds_third_party_headers_in_public_headers(self):
        for header in ("fmt/format.h", "sqlite3.h", "hwy/highway.h", "CLI/CLI.hpp"):
            with self.subTest(header):
                self.plant("src/dpr/text/words.h", f"// Words.\n#pragma once\n\n#include <{header}>\n")
                self.assert_finds("src/dpr/text/words.h:4:", header)

    def test_finds_private_headers_in_public_headers(self):
        self.plant("src/dpr/text/private.h", "// Inside.\n#pragma once\n\n#include <fmt/format.h>\n")
        self.assert_sound()
        self.plant("src/dpr/text/words.h", '// Words.\n#pragma once\n\n#include "dpr/text/private.h"\n')
        self.assert_finds("src/dpr/text/words.h:4:", "private")

    def test_finds_a_public_header_that_does_not_exist(self):
        self.plant("cmake/public_headers.cmake", "# Seen.\nset(DPR_PUBLIC_HEADERS base/error.h base/gone.h text/words.h)\n")
        self.assert_finds("base/gone.h")

    def test_finds_an_include_that_does_not_begin_at_the_root(self):
        self.plant("src/dpr/text/words.cc", '#include "words.h"\n')
        self.assert_finds("words.cc:1:", "from the root")


if __name__ == "__main__":
    unittest.main()
