"""Has a change made the encoder slower? Ratios within one run, never absolute times, beside the last recorded ones.

For each precision, and for the CPU restricted to AVX2: dpr's matrix products beside oneDNN's own, by the encoder's
shapes, and the encoder's rate in all its matrices beside the best of oneDNN's. The median of several
runs must not fall below TOLERANCE of what docs/results/raw/gate.json has for a CPU of the same
family; --record writes that. Exit code 1 says which ratio fell.
"""
import argparse
import json
import random
import sys

import common

PASSAGES, WORDS = 300, 100
TOLERANCE = 0.88  # two runs of one binary on a shared machine differ by up to a tenth
RECORD = common.RESULTS / "raw/gate.json"
VARIANTS = {"int8": ("int8", None), "bf16": ("bf16", None), "f32": ("f32", None), "f32, AVX2 only": ("f32", "avx2")}


def kind_of_cpu():
    """What decides which kernels run and how fast beside oneDNN's: two families with the same instructions differ."""
    fields = dict(line.split(":", 1) for line in open("/proc/cpuinfo", encoding="utf-8") if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    return f"{fields.get('vendor_id', '?')} family {fields.get('cpu family', '?')}: {instruction_sets()}"


def instruction_sets():
    found = common.machine()
    return " ".join(flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if flag in found)


def passages():
    """Words of the model's own vocabulary, always the same."""
    words = [word for word in (common.MODEL / "vocab.txt").read_text(encoding="utf-8").split() if word.isalpha()]
    chance = random.Random(1)
    path = common.WORK / "gate.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(" ".join(chance.choices(words, k=WORDS)) + "\n" for _ in range(PASSAGES)), encoding="utf-8")
    return path


def ratios(file, precision, cpu):
    """Of one run: {what: ratio}."""
    found = common.dpr_json("bench", "encode", "--model", common.MODEL, "--texts", file, "--precision", precision, cpu=cpu)
    shapes = {f"{shape['outputs']} x {shape['inputs']}": shape["dpr_gops"] / shape["onednn_gops"] for shape in found["gemm_shapes"]
              if shape["onednn_gops"] > 0}
    best = max(shape["onednn_gops"] for shape in found["gemm_shapes"])
    return {**shapes, "whole encoder": found["share_of_peak"] * found["gemm_peak_gops"] / best}


def measured(runs):
    """{variant: {what: median ratio}}"""
    file, raw = passages(), {}
    for _ in range(runs):
        for variant, (precision, cpu) in VARIANTS.items():
            if precision == "bf16" and "avx512_bf16" not in instruction_sets():
                continue
            for what, ratio in ratios(file, precision, cpu).items():
                raw.setdefault(variant, {}).setdefault(what, []).append(ratio)
    return {variant: {what: common.median(values) for what, values in of.items()} for variant, of in raw.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="keep the ratios for CPUs like this one")
    arguments = parser.parse_args()
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    now, before = measured(arguments.runs), records.get(kind_of_cpu(), {}).get("ratios", {})
    fallen = []
    rows = []
    for variant, of in now.items():
        for what, ratio in of.items():
            recorded = before.get(variant, {}).get(what)
            if recorded and ratio < TOLERANCE * recorded:
                fallen.append(f"{variant}, {what}")
            rows.append([variant, what, f"{ratio:.2f}", f"{recorded:.2f}" if recorded else "none"])
    print(common.table(["precision", "matrix", "dpr / oneDNN now", "recorded"], rows))
    if arguments.record:
        records[kind_of_cpu()] = {"machine": common.machine(), "commit": common.commit(), "ratios": now}
        RECORD.write_text(json.dumps(records, indent=1) + "\n")
    elif not before:
        print("nothing is recorded for a CPU like this one: ./dev bench --gate --record")
    elif fallen:
        sys.exit("slower than recorded: " + "; ".join(fallen))


if __name__ == "__main__":
    main()
