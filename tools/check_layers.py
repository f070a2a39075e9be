#!/usr/bin/env python3
"""Holds the order of the modules.

A file of src/dpr/MODULE includes headers only of its own module and of modules above it in the
root CMakeLists.txt's DPR_MODULES, and only of modules that its dpr_module() call links, directly or
through another. The headers of cmake/public_headers.cmake include only one another and the standard
library. Usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

import project

# Headers of the C++ and C libraries, and of the system: no dot, or one of these.
SYSTEM_HEADERS = re.compile(r"^[a-z_0-9]+$|^(sys/|linux/)?[a-z_0-9]+\.h$")
THIRD_PARTY_WITHOUT_FOLDER = {"archive.h", "archive_entry.h", "dnnl.h", "gumbo.h", "simdjson.h", "sqlite3.h",
                              "xxhash.h", "zlib.h", "zstd.h", "lzma.h", "omp.h"}


def declared_links(cmake):
    """Module names after DEPENDS in a dpr_module(...) call."""
    call = re.search(r"dpr_module\(([^)]*)\)", re.sub(r"#.*", "", cmake))
    words = call.group(1).split() if call else []
    names, keyword = [], None
    for word in words[1:]:
        if word in ("DEPENDS", "LINK", "TEST_LINK", "EXCLUDE", "ONLY"):
            keyword = word
        elif keyword == "DEPENDS":
            names.append(word)
    return names


def reachable(links, module):
    """The module and everything that it links, directly or through another."""
    seen, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += links.get(name, [])
    return seen


def check_links(root, order, links):
    for module, names in links.items():
        path = f"src/dpr/{module}/CMakeLists.txt"
        for name in names:
            if name not in order:
                yield path, 1, f"{module} links {name}, which DPR_MODULES does not list"
            elif order.index(name) >= order.index(module):
                yield path, 1, f"{module} links {name}, which does not stand above it in DPR_MODULES"


def check_file(path, shown, module, order, allowed):
    for line, name, is_system in project.includes(path.read_text()):
        if name.startswith("dpr/"):
            other = name.split("/")[1]
            if other not in order:
                yield shown, line, f'"{name}" is of no module in DPR_MODULES'
            elif order.index(other) > order.index(module):
                yield shown, line, f"{module} includes {other}, which stands below it in DPR_MODULES"
            elif other not in allowed:
                yield shown, line, f"{module} includes {other} but its CMakeLists.txt does not link it"
        elif not is_system:
            yield shown, line, f'"{name}": include our files from the root, as "dpr/MODULE/NAME"'


def check_public_header(root, name, public):
    path = root / "src" / name
    if not path.is_file():
        yield "cmake/public_headers.cmake", 1, f"{name} does not exist"
        return
    for line, included, _ in project.includes(path.read_text()):
        if included.startswith("dpr/"):
            if included not in public:
                yield f"src/{name}", line, f'"{included}" is private, and this header is public'
        elif included in THIRD_PARTY_WITHOUT_FOLDER or not SYSTEM_HEADERS.match(included):
            yield f"src/{name}", line, f"<{included}> in a public header: third-party types stay in private ones"


def check(root):
    order = project.modules(root)
    folders = [name for name in order if (root / "src/dpr" / name / "CMakeLists.txt").is_file()]
    links = {name: declared_links((root / "src/dpr" / name / "CMakeLists.txt").read_text()) for name in folders}
    problems = list(check_links(root, order, links))
    for path in project.cpp_files(root):
        shown = path.relative_to(root)
        if shown.parts[:2] != ("src", "dpr"):
            continue
        module = shown.parts[2]
        if module not in order:
            problems.append((shown, 1, f"the folder {module} is not in DPR_MODULES"))
            continue
        problems += check_file(path, shown, module, order, reachable(links, module))
    public = project.public_headers(root)
    for name in public:
        problems += check_public_header(root, name, public)
    return problems


if __name__ == "__main__":
    sys.exit(project.report(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else project.ROOT))))
