"""What int8 costs, one kind of matrix at a time: the arithmetic of dpr's int8 simulated in PyTorch.

Reported is 1 - cosine to f32, in millionths, of mean-pooled vectors of real passages: with activations and weights
quantised, or one of both; plain, smoothed by calibration (SmoothQuant) and rotated (QuaRot). Writes the page
`quantisation` of docs/results, from which docs/design/precision.md takes its reasons. Not a measurement of time.
"""
import argparse
import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import torch
from transformers import AutoModel, AutoTokenizer

import common
import texts

KINDS = {"query, key, value": ("query", "key", "value"), "attention's output": ("attention.output.dense",),
         "intermediate": ("intermediate.dense",), "output": ("output.dense",)}
ROTATED = ("query, key, value", "intermediate", "output")


def kind_of(name):
    """The kind of a layer's linear map, by its name; attention's output ends like the layer's."""
    return next(kind for kind, ends in KINDS.items() if name.endswith(ends))


def quantised_rows(x):
    least = x.amin(-1, keepdim=True)
    scale = (x.amax(-1, keepdim=True) - least) / 255
    return torch.round((x - least) / scale) * scale + least


def quantised_weights(weight):
    scale = weight.abs().amax(1, keepdim=True) / 127
    return torch.round(weight / scale) * scale


def rotated(x):
    """As dpr rotates: groups of 128 numbers, a Hadamard matrix of 8 over steps of 16, one of 4 over neighbours."""
    two = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    eight, four = torch.kron(two, torch.kron(two, two)), torch.kron(two, two)
    shape = x.shape
    parts = x.reshape(*shape[:-1], shape[-1] // 128, 8, 4, 4)
    return torch.einsum("ab,...bcd,de->...ace", eight, parts, four).reshape(shape) / 32 ** .5


class Simulation:
    def __init__(self, passages):
        self.model = AutoModel.from_pretrained(common.MODEL).eval()
        tokenizer = AutoTokenizer.from_pretrained(common.MODEL)
        self.tokens = tokenizer([f"{title} {text}" for title, text in passages], truncation=True, max_length=256, padding=True,
                                return_tensors="pt")
        self.linears = {name: module for name, module in self.model.named_modules()
                        if isinstance(module, torch.nn.Linear) and "encoder.layer" in name}
        self.largest = {}
        self.exact = self.vectors()

    def vectors(self):
        with torch.inference_mode():
            hidden = self.model(**self.tokens).last_hidden_state
        mask = self.tokens["attention_mask"][..., None].float()
        return (hidden * mask).sum(1) / mask.sum(1)

    def calibrate(self):
        """The largest magnitude of each input, over the same passages: more than a tool at work could know."""
        def keep(name):
            def hook(_, inputs, __):
                self.largest[name] = inputs[0][self.tokens["attention_mask"].bool()].abs().amax(0)
            return hook
        hooks = [module.register_forward_hook(keep(name)) for name, module in self.linears.items()]
        self.vectors()
        for hook in hooks:
            hook.remove()

    def smoothing(self, name):
        siblings = [name]
        if kind_of(name) == "query, key, value":
            siblings = [name.rsplit(".", 1)[0] + end for end in (".query", ".key", ".value")]
        weights = torch.cat([self.linears[sibling].weight.data for sibling in siblings])
        factor = (self.largest[name] / weights.abs().amax(0)).sqrt()
        return factor / factor.log().mean().exp()

    def loss(self, kinds, activations=True, weights=True, way="plain"):
        """(mean, worst) of 1 - cosine, in millionths, with the matrices of `kinds` quantised."""
        for name, module in self.linears.items():
            chosen = kind_of(name) in kinds
            turn = rotated if way == "rotated" and kind_of(name) in ROTATED else lambda x: x
            divide = self.smoothing(name) if way == "smoothed" else 1
            weight = turn(module.weight.data * divide) if chosen else module.weight.data
            if chosen and weights:
                weight = quantised_weights(weight)

            def forward(x, module=module, weight=weight, chosen=chosen, turn=turn, divide=divide):
                if chosen:
                    x = turn(x / divide)
                    x = quantised_rows(x) if activations else x
                return torch.nn.functional.linear(x, weight, module.bias)
            module.forward = forward
        cosine = torch.nn.functional.cosine_similarity(self.vectors(), self.exact)
        for module in self.linears.values():
            del module.forward
        return [float(1e6 * (1 - cosine.mean())), float(1e6 * (1 - cosine.min()))]


def page(raw):
    rows = []
    for kind, result in raw["kinds"].items():
        rows.append([kind] + [f"{result[way][part][0]:,.0f}" for way in ("plain", "smoothed", "rotated")
                              for part in ("both", "activations", "weights")])
    head = ["matrix"] + [f"{way}: {part}" for way in ("plain", "smoothed", "rotated") for part in ("both", "activations", "weights")]
    return (f"1 - cosine to f32 in millionths, mean over {raw['passages']} passages, all-MiniLM-L6-v2, the matrices of one kind in int8 "
            "and all else in f32: a simulation in PyTorch of dpr's arithmetic, without its rounding of attention. Smoothed: columns divided "
            "by the square root of their largest magnitude over these very passages to that of the weights. Rotated: all but attention's "
            "output.\n\n" + common.table(head, rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=120)
    arguments = parser.parse_args()
    simulation = Simulation(texts.passages(arguments.passages, step=97))
    simulation.calibrate()
    parts = {"both": (True, True), "activations": (True, False), "weights": (False, True)}
    kinds = {**{kind: (kind,) for kind in KINDS}, "all": tuple(KINDS)}
    raw = {"passages": arguments.passages,
           "kinds": {label: {way: {part: simulation.loss(chosen, *flags, way) for part, flags in parts.items()}
                             for way in ("plain", "smoothed", "rotated")} for label, chosen in kinds.items()}}
    common.write_results("quantisation", "What int8 costs, by matrix", page(raw), raw)


if __name__ == "__main__":
    main()
