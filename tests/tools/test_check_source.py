"""check_source.py finds each planted habit that the project forbids, and nothing in sound code."""
import unittest

import planted
import check_source

HEADER = "// Words.\n#pragma once\n"


class CheckSource(planted.PlantedProject):
    check = staticmethod(check_source.check)

    def plant_code(self, code, name="src/dpr/text/planted.cc"):
        self.plant(name, f"void Planted() {{\n  {code}\n}}\n")

    def test_accepts_a_sound_project(self):
        self.assert_sound()

    def test_finds_forbidden_code(self):
        for code in ("auto* p = new int[3];", "delete p;", "delete[] p;", "using namespace std;", "std::cout << 1;",
                     'printf("x");', 'std::fprintf(stderr, "x");', 'std::puts("x");', "exit(1);", "std::abort();",
                     "std::exit(1);", "::_exit(1);", "work();  // TODO later"):
            with self.subTest(code):
                self.plant_code(code)
                self.assert_finds("src/dpr/text/planted.cc:2:")

    def test_accepts_what_only_looks_forbidden(self):
        for code in ("// a new line; exit(1)", 'Say("new std::cout exit(1)");', "Type(const Type&) = delete;",
                     "snprintf(buffer, 3, format);", "std::fprintf(file, format);", "new_rows(3);", "loop.exit(1);",
                     'Say(R"(printf("x") " )");', "/* delete p;\n new int */"):
            with self.subTest(code):
                self.plant_code(code)
                self.assert_sound()

    def test_lets_the_program_and_tests_print(self):
        self.plant_code('std::printf("x");', "src/dpr/cli/command.cc")
        self.plant_code('std::printf("x");', "src/dpr/text/words_test.cc")
        self.assert_sound()

    def test_finds_a_switched_off_test(self):
        self.plant("src/dpr/text/words_test.cc", "TEST(Words, DISABLED_Work) {}\n")
        self.assert_finds("words_test.cc:1:", "switched-off")

    def test_finds_a_header_without_its_comment_or_pragma(self):
        self.plant("src/dpr/text/words.h", "#pragma once\n\nint Words();\n")
        self.assert_finds("words.h:1:", "comment")
        self.plant("src/dpr/text/words.h", "// Words.\nint Words();\n")
        self.assert_finds("words.h:1:", "pragma once")

    def test_lets_a_header_be_included_once_per_instruction_set(self):
        self.plant("src/dpr/text/words-inl.h", "// Words.\n#ifdef HWY_TARGET_TOGGLE\n#endif\n")
        self.assert_sound()

    def test_finds_a_script_without_its_comment(self):
        self.plant("tools/run.sh", "#!/bin/sh\necho\n")
        self.assert_finds("tools/run.sh:1:")

    def test_finds_a_long_file(self):
        self.plant("src/dpr/text/words.h", HEADER + "int Words();\n" * 398)
        self.assert_sound()
        self.plant("src/dpr/text/words.h", HEADER + "int Words();\n" * 399)
        self.assert_finds("words.h:401:", "401 lines")


if __name__ == "__main__":
    unittest.main()
