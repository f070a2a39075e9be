"""`./dev quickstart` answers its three questions: the page that answers is among the first three.

The pages stand beside the questions in questions.tsv. A second run skips what is done.
"""
import json
import pathlib
import subprocess
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_OF_A_SECOND_RUN = 30  # a few on an idle machine; a first run takes minutes

QUESTIONS = [line.split("\t") for line in (pathlib.Path(__file__).parent / "questions.tsv").read_text().splitlines()]


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def answers(printed):
    """What a search printed, without the line on indexing, which holds a duration."""
    return [line for line in printed.splitlines() if not line.startswith(".work/handbook.dpr:")]


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = run("./dev", "quickstart")

    def test_shows_each_question_with_its_page(self):
        for question, page in QUESTIONS:
            self.assertIn(question, self.first)
            self.assertIn(page, self.first)

    def test_the_right_page_is_among_the_first_three(self):
        out = run("build/release/dpr", "search", ".work/handbook.dpr", *(question for question, _ in QUESTIONS), "-k", "3",
                  "--json")
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(answers), 3)
        for (question, page), answer in zip(QUESTIONS, answers):
            with self.subTest(question):
                self.assertEqual(answer["question"], question)
                self.assertIn(page, [hit["metadata"]["page"] for hit in answer["hits"]])

    def test_a_second_run_skips_what_is_done(self):
        started = time.monotonic()
        self.assertEqual(answers(run("./dev", "quickstart")), answers(self.first))
        self.assertLess(time.monotonic() - started, SECONDS_OF_A_SECOND_RUN)


if __name__ == "__main__":
    unittest.main()
