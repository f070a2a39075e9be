#!/usr/bin/env python3
"""Goldens for training: losses, gradients and optimiser steps of PyTorch on tiny random BERTs.

Reads testdata/bert/NAME (made by bert.py) and writes testdata/training/CASE.safetensors, whose
metadata hold the case as JSON: model, pooling, similarity, loss, texts as token ids, the loss and the
scores. Tensors: `question.NAME` and `passage.NAME`, the gradient of each parameter of the two
encoders, or, for the cases `steps_SIMILARITY_LOSS`, the parameters' change after ten steps of AdamW.

The formulas stand in loss_of(); dropout is off. Everything is seeded.

Versions used: torch 2.15.0, transformers 5.23.0, safetensors 0.8.0.

Usage: training.py TESTDATA
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

QUESTIONS, HARD_NEGATIVES = 4, 1
L2_EPSILON = 1e-6

# case -> model, pooling, similarity, loss, and what differs from the defaults
CASES = {
    "dot_nll": ("one_head", "cls", "dot", "nll", {}),
    "cosine_nll": ("one_head", "cls", "cosine", "nll", {"scale": 20.0}),
    "l2_nll": ("one_head", "cls", "l2", "nll", {}),
    "l2_squared_nll": ("one_head", "cls", "l2-squared", "nll", {}),
    "dot_triplet": ("one_head", "cls", "dot", "triplet", {"margin": 1.0}),
    "l2_triplet": ("one_head", "cls", "l2", "triplet", {"margin": 1.0}),
    "cosine_triplet": ("one_head", "cls", "cosine", "triplet", {"margin": 1.0, "scale": 20.0}),
    "dot_triplet_hardest": ("one_head", "cls", "dot", "triplet", {"margin": 1.0, "hardest": True}),
    "masked_nll": ("one_head", "cls", "dot", "nll", {"masked": [[0, 3], [2, 1], [2, 7]]}),
    "mean": ("two_heads", "mean", "dot", "nll", {}),
    "pooler": ("one_head", "pooler", "dot", "nll", {}),
    "layers": ("two_heads", "cls", "dot", "nll", {}),
    "deep": ("four_heads", "cls", "dot", "nll", {}),
    "l2_squared_triplet": ("one_head", "cls", "l2-squared", "triplet", {"margin": 1.0}),
}
STEPS = {"model": "one_head", "pooling": "cls", "steps": 10, "rate": 1e-3, "warmup": 3, "clip": 2.0, "decay": 0.01,
         "epsilon": 1e-8}
# similarity, loss -> what differs; dot and nll stands on two layers
STEP_CASES = {("dot", "nll"): {"model": "two_heads"}, ("cosine", "nll"): {"scale": 20.0}, ("l2", "nll"): {},
              ("l2-squared", "nll"): {}, ("dot", "triplet"): {"margin": 1.0},
              ("cosine", "triplet"): {"margin": 1.0, "scale": 20.0}, ("l2", "triplet"): {"margin": 1.0},
              ("l2-squared", "triplet"): {"margin": 1.0}}


def load_model(folder, pooling):
    config = BertConfig.from_json_file(folder / "config.json")
    config._attn_implementation = "eager"
    state = {}
    for file in sorted(folder.glob("model*.safetensors")):
        state.update(load_file(file))
    renamed = {}
    for name, tensor in state.items():
        name = name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight")
        renamed[name.replace("LayerNorm.beta", "LayerNorm.bias")] = tensor.float()
    model = BertModel(config, add_pooling_layer=pooling == "pooler")
    wanted = set(model.state_dict())
    missing = model.load_state_dict({k: v for k, v in renamed.items() if k in wanted}, strict=False)
    assert all("position_ids" in name for name in missing.missing_keys), missing
    return model.eval()


def batch_of(config, generator):
    def text():
        length = int(torch.randint(2, config.max_position_embeddings - 6, (1,), generator=generator))
        return torch.randint(0, config.vocab_size, (length,), generator=generator).tolist()

    return [text() for _ in range(QUESTIONS)], [text() for _ in range(QUESTIONS * (1 + HARD_NEGATIVES))]


def vectors_of(model, texts, pooling):
    vectors = []
    for ids in texts:
        ids = torch.tensor([ids])
        output = model(input_ids=ids, token_type_ids=torch.zeros_like(ids))
        if pooling == "pooler":
            vectors.append(output.pooler_output[0])
        elif pooling == "mean":
            vectors.append(output.last_hidden_state[0].mean(0))
        else:
            vectors.append(output.last_hidden_state[0, 0])
    return torch.stack(vectors)


def scores_of(q, p, similarity, options):
    if similarity == "dot":
        return q @ p.T
    if similarity == "cosine":
        return options["scale"] * F.normalize(q, dim=1, eps=1e-12) @ F.normalize(p, dim=1, eps=1e-12).T
    squared = ((q[:, None] - p[None]) ** 2).sum(-1)
    return -squared if similarity == "l2-squared" else -torch.sqrt(squared + L2_EPSILON)


def loss_of(scores, loss, options):
    """Question i's positive is passage i * (1 + HARD_NEGATIVES); all others are negatives."""
    target = torch.arange(QUESTIONS) * (1 + HARD_NEGATIVES)
    for i, j in options.get("masked", []):
        scores = scores.index_put((torch.tensor(i), torch.tensor(j)), torch.tensor(-torch.inf))
    if loss == "nll":
        return F.cross_entropy(scores, target)
    positive = scores[torch.arange(QUESTIONS), target][:, None]
    negative = torch.ones_like(scores, dtype=torch.bool)
    negative[torch.arange(QUESTIONS), target] = False
    rows = (scores - positive)[negative].reshape(QUESTIONS, -1) + options["margin"]
    rows = rows.max(1).values if options.get("hardest") else rows.clamp(min=0).mean(1)
    return rows.clamp(min=0).mean()


def save(folder, case, description, tensors):
    description["versions"] = {"torch": torch.__version__}
    save_file({name: t.detach().contiguous() for name, t in sorted(tensors.items())},
              folder / f"{case}.safetensors", metadata={"case": json.dumps(description)})


def gradient_golden(testdata, case, seed):
    name, pooling, similarity, loss, options = CASES[case]
    encoders = {side: load_model(testdata / "bert" / name, pooling) for side in ("question", "passage")}
    generator = torch.Generator().manual_seed(seed)
    questions, passages = batch_of(encoders["question"].config, generator)
    q = vectors_of(encoders["question"], questions, pooling)
    p = vectors_of(encoders["passage"], passages, pooling)
    scores = scores_of(q, p, similarity, options)
    value = loss_of(scores, loss, options)
    value.backward()
    tensors = {f"{side}.{n}": w.grad for side, model in encoders.items()
               for n, w in model.named_parameters() if w.grad is not None}
    save(testdata / "training", case,
         {"model": name, "pooling": pooling, "similarity": similarity, "loss": loss, **options,
          "questions": questions, "passages": passages, "value": value.item()}, tensors)


def steps_golden(testdata, similarity, loss, options, seed):
    s = {**STEPS, "similarity": similarity, "loss": loss, **options}
    encoders = {side: load_model(testdata / "bert" / s["model"], "cls") for side in ("question", "passage")}
    start = {f"{side}.{n}": w.detach().clone() for side, m in encoders.items()
             for n, w in m.named_parameters()}
    named = [(n, w) for m in encoders.values() for n, w in m.named_parameters()]
    plain = [w for n, w in named if n.endswith("bias") or "LayerNorm" in n]
    decayed = [w for n, w in named if not (n.endswith("bias") or "LayerNorm" in n)]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": s["decay"]},
                                   {"params": plain, "weight_decay": 0.0}],
                                  lr=s["rate"], eps=s["epsilon"])
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (
        step / s["warmup"] if step < s["warmup"]
        else (s["steps"] - step) / (s["steps"] - s["warmup"])))
    generator = torch.Generator().manual_seed(seed)
    batches, values, norms = [], [], []
    for _ in range(s["steps"]):
        questions, passages = batch_of(encoders["question"].config, generator)
        batches.append({"questions": questions, "passages": passages})
        q, p = (vectors_of(encoders[side], texts, "cls")
                for side, texts in (("question", questions), ("passage", passages)))
        value = loss_of(scores_of(q, p, similarity, options), loss, options)
        optimizer.zero_grad()
        value.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_([w for _, w in named], s["clip"])))
        optimizer.step()
        rate.step()
        values.append(value.item())
    tensors = {f"{side}.{n}": w - start[f"{side}.{n}"] for side, m in encoders.items()
               for n, w in m.named_parameters()}
    save(testdata / "training", f"steps_{similarity}_{loss}".replace("-", "_"), {**s, "batches": batches, "values": values, "norms": norms},
         tensors)


def main():
    testdata = Path(sys.argv[1])
    (testdata / "training").mkdir(exist_ok=True)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for seed, case in enumerate(CASES):
        gradient_golden(testdata, case, seed)
    for (similarity, loss), options in STEP_CASES.items():
        steps_golden(testdata, similarity, loss, options, 100)


if __name__ == "__main__":
    main()
