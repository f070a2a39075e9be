#!/usr/bin/env python3
"""Goldens for pretraining: loss and gradients of transformers' BertForPreTraining on tiny random BERTs.

Reads testdata/bert/NAME (made by bert.py) and writes testdata/pretraining/NAME.safetensors. Its metadata hold, as
JSON, the pairs (ids, segments, the places that are asked for, the pieces that stood there, whether B follows A) and
the loss with its two parts. Tensors: `start.cls.*`, the heads' parameters, and `gradient.*`, the gradient of each
parameter, the encoder's and the heads', by transformers' names. The table of word embeddings is tied to the scores'
matrix, so that its gradient has both parts. Dropout is off; each pair is computed alone, without padding.

Versions used: torch 2.15.0, transformers 5.23.0, safetensors 0.8.0.

Usage: pretraining.py TESTDATA
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForPreTraining

MODELS = ("one_head", "two_heads", "four_heads")
PAIRS = 5


def load_model(folder, generator):
    config = BertConfig.from_json_file(folder / "config.json")
    config._attn_implementation = "eager"
    model = BertForPreTraining(config).eval()
    state = {}
    for file in sorted(folder.glob("model*.safetensors")):
        state.update(load_file(file))
    renamed = {}
    for name, tensor in state.items():
        name = name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight")
        renamed[name.replace("LayerNorm.beta", "LayerNorm.bias")] = tensor.float()
    wanted = set(model.bert.state_dict())
    model.bert.load_state_dict({k: v for k, v in renamed.items() if k in wanted}, strict=False)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if name.startswith("cls.") or "pooler" in name:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator) + ("LayerNorm.weight" in name))
    return model


def pair(config, generator):
    def below(bound, least=0):
        return int(torch.randint(least, bound, (1,), generator=generator))

    length = below(config.max_position_embeddings, 6)
    ids = torch.randint(0, config.vocab_size, (length,), generator=generator).tolist()
    first = below(length - 1, 2)
    places = sorted(torch.randperm(length, generator=generator)[:max(1, length // 6)].tolist())
    return {"ids": ids, "segments": [0] * first + [1] * (length - first), "places": places,
            "pieces": [below(config.vocab_size) for _ in places], "next": below(2)}


def golden(testdata, name, seed):
    generator = torch.Generator().manual_seed(seed)
    model = load_model(testdata / "bert" / name, generator)
    pairs = [pair(model.config, generator) for _ in range(PAIRS)]
    scores, targets, next_scores = [], [], []
    for one in pairs:
        output = model(input_ids=torch.tensor([one["ids"]]), token_type_ids=torch.tensor([one["segments"]]))
        scores.append(output.prediction_logits[0, one["places"]])
        targets += one["pieces"]
        next_scores.append(output.seq_relationship_logits[0])
    words = F.cross_entropy(torch.cat(scores), torch.tensor(targets))
    follows = F.cross_entropy(torch.stack(next_scores), torch.tensor([one["next"] for one in pairs]))
    (words + follows).backward()
    tensors = {f"gradient.{n}": w.grad for n, w in model.named_parameters() if w.grad is not None}
    tensors |= {f"start.{n}": w for n, w in model.named_parameters() if n.startswith("cls.") or "pooler" in n}
    case = {"model": name, "pairs": pairs, "words": words.item(), "next": follows.item(),
            "versions": {"torch": torch.__version__}}
    folder = testdata / "pretraining"
    folder.mkdir(exist_ok=True)
    save_file({n: t.detach().contiguous().clone() for n, t in sorted(tensors.items())}, folder / f"{name}.safetensors",
              metadata={"case": json.dumps(case)})


if __name__ == "__main__":
    for number, model_name in enumerate(MODELS):
        golden(Path(sys.argv[1]), model_name, 100 + number)
