"""What the checkers know of the project: its modules, its files, their includes."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"])', re.MULTILINE)


def files(root, *patterns):
    """Files of the checkout that match, new ones included, ignored ones not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=root, check=True, capture_output=True).stdout.decode()
    paths = sorted({root / name for name in listed.split("\0") if name})
    return [path for path in paths if path.is_file()]


def cpp_files(root):
    return files(root, "*.cc", "*.h")


def modules(root):
    """The modules in the order in which they may link, as the root CMakeLists.txt lists them."""
    text = (root / "CMakeLists.txt").read_text()
    return re.search(r"set\(DPR_MODULES\s+([^)]*)\)", text).group(1).split()


def includes(text):
    """(line, name, is_system) of every #include in a file's text."""
    found = []
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append((line, match.group(1)[1:-1], match.group(1)[0] == "<"))
    return found


def public_headers(root):
    """The headers that users of the library see, as cmake/public_headers.cmake lists them."""
    text = re.sub(r"#.*", "", (root / "cmake/public_headers.cmake").read_text())
    return {f"dpr/{name}" for name in re.search(r"set\(DPR_PUBLIC_HEADERS\s+([^)]*)\)", text).group(1).split()}


def report(problems):
    """Prints one line for each (path, line, problem); the exit code."""
    for path, line, problem in sorted(set(problems), key=str):
        print(f"{path}:{line}: {problem}")
    return 1 if problems else 0
