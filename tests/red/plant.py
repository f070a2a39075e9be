"""Copies a source file with one error planted: plant.py SOURCE COPY FROM TO.

FROM must stand in the file exactly once. Where it does not, the copy is sound, and the test that
expects failure says so: then the line below tests/red/CMakeLists.txt must follow the source.
"""
import pathlib
import sys

source, copy, sound, wrong = sys.argv[1:]
text = pathlib.Path(source).read_text()
if text.count(sound) != 1:
    print(f"{source}: `{sound}` stands there {text.count(sound)} times: nothing is planted", file=sys.stderr)
    wrong = sound
pathlib.Path(copy).parent.mkdir(parents=True, exist_ok=True)
pathlib.Path(copy).write_text(f'#line 1 "{source}"\n' + text.replace(sound, wrong))
