#!/usr/bin/env python3
"""Files of torch.save in both formats, and what is in them as safetensors.

zip.bin and legacy.bin hold the same state dict: f32, f16 and bf16 tensors, two tensors that share a
storage, one that begins in its middle, a scalar, an empty one, a Parameter, integers. checkpoint.bin is
a dict with the state dict under `model_dict` beside other things, as DPR's files are; strided.bin has a
transposed tensor. expected.safetensors holds the f32 values of all but the integers.

Versions used: torch 2.15.0, safetensors 0.8.0.

Usage: torch_files.py FOLDER    (testdata/bert/torch)
"""
import collections
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


def state():
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator)
    shared = random(4, 6)
    return collections.OrderedDict([
        ("question_model.weight", random(3, 5)),
        ("half", random(2, 3).half()),
        ("bfloat", random(7).bfloat16()),
        ("shared.whole", shared),
        ("shared.rows", shared[1:3]),
        ("parameter", torch.nn.Parameter(random(2, 2))),
        ("scalar", torch.tensor(2.5)),
        ("empty", torch.zeros(0, 4)),
        ("position_ids", torch.arange(8).reshape(1, 8)),
    ])


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    tensors = state()
    torch.save(tensors, folder / "zip.bin")
    torch.save(tensors, folder / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"model_dict": tensors, "optimizer_dict": {"lr": 1e-5, "state": [1, (2, None)]}, "offset": 0, "epoch": 3,
                "encoder_params": {"do_lower_case": True}}, folder / "checkpoint.bin")
    torch.save({"t": tensors["question_model.weight"].t()}, folder / "strided.bin")
    save_file({name: t.detach().float().clone().contiguous() for name, t in tensors.items() if name != "position_ids"},
              folder / "expected.safetensors")


if __name__ == "__main__":
    main()
