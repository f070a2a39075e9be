"""Passes when a GoogleTest program finds a failure: expect_failure.py PROGRAM.

Tests must fail, by an expectation: a crash, a program that does not start or one that runs no test
is no proof that the tests look.
"""
import re
import subprocess
import sys

done = subprocess.run([sys.argv[1], "--gtest_filter=-Extended*", "--gtest_color=no"], capture_output=True, text=True)
failed = sorted(set(re.findall(r"^\[  FAILED  \] ([\w/]+\.[\w./]+)", done.stdout, re.MULTILINE)))
if done.returncode == 1 and failed:
    print(f"the planted error is found by {len(failed)} tests: {', '.join(failed)}")
    sys.exit(0)
print(done.stdout[-4000:], done.stderr[-4000:])
print(f"a wrong line is planted in {sys.argv[1]}, and its tests do not fail (exit code {done.returncode})")
sys.exit(1)
