"""What the measurements share: running dpr, alternating runs, the machine, and writing results.

A measurement is a list of raw runs, taken in turn (A, B, A, B, ...), so that a machine whose speed
drifts slows both. Quoted are medians and the median of the ratios of neighbours. Every raw run is
kept in docs/results/raw/NAME.json; docs/results/NAME.md is written from it.
"""
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DPR = pathlib.Path(os.environ.get("DPR", ROOT / "build/release/dpr"))
MODEL = pathlib.Path(os.environ.get("DPR_REAL_MODEL", ROOT / ".work/model"))
DATA = pathlib.Path(os.environ.get("DPR_SHARED_DATA", ROOT.parent / "shared/data"))
WORK = pathlib.Path(os.environ.get("DPR_BENCH_WORK", ROOT / ".work/bench"))
RESULTS = ROOT / "docs/results"


def dpr_json(*arguments, cpu=None):
    """The JSON object that a dpr command prints; `cpu`: restricted to that (DPR_CPU)."""
    environment = {**os.environ, "DPR_CPU": cpu} if cpu else None
    done = subprocess.run([str(DPR), *map(str, arguments), "--json", "--quiet"], check=True, capture_output=True, text=True,
                          env=environment)
    return json.loads(done.stdout)


LAUNCHER = """
import json, os, sys, time
begin = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
result = {"seconds": time.perf_counter() - begin, "peak_memory_bytes": usage.ru_maxrss * 1024, "status": status}
os.write(int(sys.argv[1]), json.dumps(result).encode())
"""


def measured(*command):
    """Seconds, peak memory and output of a whole process.

    A process inherits the peak of the one that starts it, so a small one does.
    """
    read, write = os.pipe()
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", LAUNCHER, str(write), *map(str, command)], stdout=subprocess.PIPE,
                               text=True, pass_fds=[write])
    os.close(write)
    out = process.stdout.read()
    with open(read, encoding="utf-8") as file:
        result = json.loads(file.read())
    process.wait()
    if result.pop("status") != 0:
        raise SystemExit(f"{command[0]} failed")
    return {**result, "out": out}


def machine():
    """The machine as a line: CPU, cores, memory, kernel."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    flags = next((line.split() for line in open("/proc/cpuinfo") if line.startswith("flags")), [])
    notable = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if f in flags]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{cpu} ({' '.join(notable)}), {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, Linux {platform.release()}"


def commit():
    """The commit that was measured, with + when the tree differs from it."""
    head = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    dirty = subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain", "--", "src", "CMakeLists.txt", "cmake"],
                           capture_output=True, text=True).stdout.strip()
    return head + ("+" if dirty else "")


def alternate(contestants, runs):
    """Calls each contestant in turn, `runs` times. contestants: {name: function returning a number}."""
    raw = {name: [] for name in contestants}
    for _ in range(runs):
        for name, measure in contestants.items():
            raw[name].append(measure())
    return raw


def median(values):
    return statistics.median(values)


def ratio(ours, theirs):
    """The median of the ratios of neighbouring runs."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def table(header, rows):
    """A Markdown table; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def raw_runs(name):
    """The runs behind a page that was written before."""
    return json.loads((RESULTS / "raw" / f"{name}.json").read_text())["runs"]


def write_results(name, title, body, raw, script=None):
    """Writes the page and the raw runs behind it; `script`: where that has another name than the page."""
    (RESULTS / "raw").mkdir(parents=True, exist_ok=True)
    stamp = {"date": datetime.date.today().isoformat(), "machine": machine(), "commit": commit()}
    (RESULTS / "raw" / f"{name}.json").write_text(json.dumps({**stamp, "runs": raw}, indent=1) + "\n")
    (RESULTS / f"{name}.md").write_text(
        f"# {title}\n\nWritten by `bench/{script or name}.py`; every run is in `docs/results/raw/{name}.json`.\n\n"
        f"- machine: {stamp['machine']}\n- commit: {stamp['commit']}\n- date: {stamp['date']}\n\n{body}\n")
    print(body)
