"""check_links.py finds planted dead links, anchors and paths, and nothing in a sound project."""
import unittest

import planted
import check_links


class CheckLinks(planted.PlantedProject):
    check = staticmethod(check_links.check)

    def test_accepts_a_sound_project(self):
        self.assert_sound()

    def test_finds_dead_links(self):
        for link in ("[a](docs/gone.md)", "[a](/src/gone.h)", "![picture](gone.png)", "[a]: gone.md", "[a](../..)",
                     "[a](#gone)", "[a](docs/page.md#gone)", "[![badge](gone.svg)](README.md)"):
            with self.subTest(link):
                self.plant("docs/page.md", "# Page\n")
                self.plant("README.md", f"# Title\n\n{link}\n")
                self.assert_finds("README.md:3:")

    def test_accepts_living_links(self):
        self.plant("docs/page.md", "# A `page`, of: ours\n\n## Twice\n\n## Twice\n\n[back](../README.md#title)\n")
        self.plant("README.md", "# Title\n\n[a](docs/page.md#a-page-of-ours) [b](docs/page.md#twice-1) [c](docs/)\n"
                                "[d](https://example.org/gone) [e](mailto:a@example.org)\n")
        self.assert_sound()

    def test_passes_over_code(self):
        self.plant("README.md", "# Title\n\n```sh\necho '[a](gone.md)'\n# Not a heading\n```\n\n`[a](gone.md)`\n")
        self.assert_sound()

    def test_finds_paths_in_backticks_that_do_not_exist(self):
        self.plant("README.md", "# Title\n\n`src/dpr/text/words.h` and `src/dpr/text/gone.h`\n")
        self.assert_finds("README.md:3:", "gone.h")
        self.plant("README.md", "# Title\n\n`src/dpr/MODULE/words.h`\n")
        self.assert_sound()

    def test_finds_documents_that_sources_name_and_that_do_not_exist(self):
        self.plant("src/dpr/text/words.h", "// Words: docs/design/words.md\n#pragma once\n")
        self.assert_finds("words.h:1:", "docs/design/words.md")
        self.plant("docs/design/words.md", "# Words\n")
        self.assert_sound()


if __name__ == "__main__":
    unittest.main()
