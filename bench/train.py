"""Training: dpr beside PyTorch, a question with its passage and one negative, two encoders.

PyTorch gets the best practice on a CPU: each batch padded to its longest, fused AdamW, clipping, in
f32 and in bf16 autocast, and with --compile also torch.compile. Each of ours stands beside the fastest
of PyTorch's in the same precision. Tokens count [CLS] and [SEP] and no
padding. A step is forward, backward, clipping and AdamW on both sides; ours tokenises in it as well.
Then the paper's setting, 128 questions with one hard negative each, for its memory. Writes the page
`train` of docs/results.
"""
import argparse
import gzip
import json
import os
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import torch
from transformers import AutoModel, AutoTokenizer

import common
from encoder_peers import bert_base

MAX_LENGTH = 256
PRECISIONS = ["f32", "bf16"]  # needs a CPU with both


def examples():
    """One question of each seventh article, its paragraph, and another article's as the negative."""
    squad = json.load(gzip.open(common.DATA / "squad/train-v1.1.json.gz"))
    own = [(a["paragraphs"][3]["qas"][0]["question"], a["title"].replace("_", " "), a["paragraphs"][3]["context"])
           for a in squad["data"][::2] if len(a["paragraphs"]) > 3]
    return [(question, (title, text), own[(i + 17) % len(own)][1:]) for i, (question, title, text) in enumerate(own)]


def write_examples(rows):
    file = common.WORK / "train-bench.jsonl"
    passage = lambda p: {"title": p[0], "text": p[1]}
    with open(file, "w") as out:
        for question, positive, negative in rows:
            out.write(json.dumps({"question": question, "answers": [], "positive_ctxs": [passage(positive)],
                                  "negative_ctxs": [], "hard_negative_ctxs": [passage(negative)]}) + "\n")
    return file


class PyTorch:
    """Two encoders and an optimiser; step() returns real tokens a second."""

    def __init__(self, folder, rows, batch, threads, bf16, compiled):
        torch.set_num_threads(threads)
        self.rows, self.batch, self.bf16, self.at = rows, batch, bf16, 0
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        encoders = [AutoModel.from_pretrained(folder).train() for _ in range(2)]
        self.weights = [w for encoder in encoders for w in encoder.parameters()]
        self.optimizer = torch.optim.AdamW(self.weights, lr=2e-5, fused=True)
        self.questions, self.passages = [torch.compile(e, dynamic=True) for e in encoders] if compiled else encoders

    def step(self):
        rows = [self.rows[(self.at + i) % len(self.rows)] for i in range(self.batch)]
        self.at += self.batch
        pairs = [p for _, positive, negative in rows for p in (positive, negative)]
        how = {"padding": True, "truncation": True, "max_length": MAX_LENGTH, "return_tensors": "pt"}
        q = self.tokenizer([row[0] for row in rows], **how)
        p = self.tokenizer([f"{title} {text}" for title, text in pairs], **how)
        begin = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            vectors = [encoder(**texts).last_hidden_state[:, 0] for encoder, texts in ((self.questions, q), (self.passages, p))]
        scores = vectors[0].float() @ vectors[1].float().T
        loss = torch.nn.functional.cross_entropy(scores, 2 * torch.arange(self.batch))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 2.0)
        self.optimizer.step()
        seconds = time.perf_counter() - begin
        return int(q["attention_mask"].sum() + p["attention_mask"].sum()) / seconds


def measure(folder, file, rows, batch, arguments):
    details = {precision: [] for precision in PRECISIONS}

    def ours(precision):
        result = common.dpr_json("bench", "train", file, "--model", folder, "--batch", batch, "--max-length", MAX_LENGTH,
                                 "--precision", precision, "--steps", arguments.steps, "--threads", arguments.threads)
        details[precision].append(result)
        return result["tokens_per_second"]

    def peer(bf16, compiled):
        trainer = PyTorch(folder, rows, batch, arguments.threads, bf16, compiled)
        trainer.step()
        return lambda: common.median([trainer.step() for _ in range(arguments.steps)])

    contestants = {f"dpr {precision}": lambda precision=precision: ours(precision) for precision in PRECISIONS}
    for compiled in (False, True)[:2 if arguments.compile else 1]:
        suffix = ", compiled" if compiled else ""
        contestants["PyTorch f32" + suffix] = peer(False, compiled)
        contestants["PyTorch bf16" + suffix] = peer(True, compiled)
    return {"batch": batch, "runs": common.alternate(contestants, arguments.runs), "dpr": details}


def memory(folder, file, threads):
    """The paper's batch on BERT-base: one step, the whole process."""
    command = [common.DPR, "bench", "train", file, "--model", folder, "--batch", "128", "--max-length", MAX_LENGTH,
               "--steps", "1", "--threads", threads, "--json", "--quiet"]
    result = common.measured(*command)
    return {"peak_memory_bytes": result["peak_memory_bytes"], "dpr": json.loads(result["out"])}


def page(raw):
    rows = []
    shares = []
    for model, result in raw["speed"].items():
        for precision in PRECISIONS:
            ours = result["runs"][f"dpr {precision}"]
            for name, values in result["runs"].items():
                if precision in name:
                    rows.append([model, result["batch"], name, f"{common.median(values):,.0f}", f"{min(values):,.0f} to {max(values):,.0f}",
                                 "" if values is ours else f"{common.ratio(ours, values):.2f}"])
            details = result["dpr"][precision]
            shares.append(f"- {model} in {precision}: {common.median([d['share_of_peak_with_attention'] for d in details]):.0%} of the best {precision} GEMM rate of the run "
                          f"in matrix products, attention's included ({common.median([d['share_of_peak'] for d in details]):.0%} in the linear layers alone); the rate was "
                          f"{common.median([d['gemm_peak_gops'] for d in details]):,.0f} GFLOP/s; "
                          f"{common.median([d['questions_per_second'] for d in details]):.1f} questions/s")
    paper = raw["memory"]
    shares.append(f"- BERT-base, two encoders, 128 questions with one hard negative each ({paper['dpr']['passages']} passages): peak memory "
                  f"{paper['peak_memory_bytes'] / 1e9:.1f} GB, all of the process; a step takes {paper['dpr']['step_seconds']:.0f} s")
    return (f"Two encoders, a question with its passage and one negative, dropout .1; medians of {len(next(iter(raw['speed'].values()))['runs']['dpr f32'])} alternating runs.\n\n"
            + common.table(["model", "batch", "engine", "real tokens/s", "range", "dpr, same precision, is faster by"], rows) + "\n\n" + "\n".join(shares))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="in each run")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="also torch.compile, which takes minutes")
    arguments = parser.parse_args()
    rows = examples()
    file = write_examples(rows)
    raw = {"speed": {"MiniLM-L6": measure(common.MODEL, file, rows, 16, arguments),
                     "BERT-base": measure(bert_base(), file, rows, 8, arguments)},
           "memory": memory(bert_base(), file, arguments.threads)}
    common.write_results("train", "Training", page(raw), raw)


if __name__ == "__main__":
    main()
