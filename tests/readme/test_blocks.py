"""run_readme.py finds blocks, passes over those that say why, and fails where a command fails."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import run_readme

README = """# Title

```sh
echo one
```

<!-- not run: it asks -->
```sh
echo two
```

```cpp
int three;
```
"""


class Blocks(unittest.TestCase):
    def run_text(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".md") as file, contextlib.redirect_stdout(io.StringIO()):
            file.write(text)
            file.flush()
            return run_readme.run(pathlib.Path(file.name))

    def test_finds_shell_blocks_with_line_and_reason(self):
        self.assertEqual(run_readme.blocks(README), [(4, "echo one\n", None), (9, "echo two\n", "it asks")])

    def test_runs_what_is_not_marked(self):
        self.assertEqual(self.run_text(README), 1)

    def test_a_failing_command_fails(self):
        for code in ("false", "false; true", "false | true", "echo $undefined_variable"):
            with self.subTest(code), self.assertRaises(SystemExit):
                self.run_text(f"```sh\n{code}\n```\n")

    def test_commands_see_the_checkout_and_write_beside_it(self):
        self.run_text("```sh\ntest -x dev\ntest -f src/dpr/base/error.h\necho >made-by-a-block\n```\n")
        self.assertFalse((run_readme.ROOT / "made-by-a-block").exists())

    def test_the_readme_has_blocks_that_run(self):
        found = run_readme.blocks((run_readme.ROOT / "README.md").read_text())
        self.assertGreaterEqual(sum(reason is None for _, _, reason in found), 3)


if __name__ == "__main__":
    unittest.main()
