#!/usr/bin/env python3
"""Tiny checkpoints as DPR writes them, and the vectors that transformers' BertModel gives with their weights.

zip.cp is in torch's format of today, with encoder_params as DPR's last version writes them (a DictConfig of omegaconf);
legacy.cp in the format of before torch 1.6 with the flat encoder_params of 2020, and with weights in f16, which keeps
it small. Each has a projection in one and none in the other. vectors.json holds, for each, what DPR does with texts:
strip, [CLS] title [SEP] text [SEP] with all segments 0, cut at sequence_length, state of [CLS], projection.

Versions used: torch 2.15.0, transformers 5.23.0, omegaconf 2.4.0.

Usage: dpr_checkpoint.py FOLDER    (testdata/encoder/dpr_checkpoint)
"""
import collections
import json
import sys
from pathlib import Path

import torch
from omegaconf import OmegaConf
from transformers import BertConfig, BertModel, BertTokenizer

from bert import PASSAGES, TEXTS, VOCABULARY, randomize, write_json

HIDDEN, POSITIONS = 64, 32  # one head: DPR's have 64 each
CheckpointState = collections.namedtuple("CheckpointState", ["model_dict", "optimizer_dict", "scheduler_dict",
                                                             "offset", "epoch", "encoder_params"])


def encoder(seed, projection):
    config = BertConfig(vocab_size=len(VOCABULARY), hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=1,
                        intermediate_size=16, max_position_embeddings=POSITIONS, attn_implementation="eager")
    model = randomize(BertModel(config), seed)
    if not projection:
        return model, None
    torch.manual_seed(seed)
    return model, torch.nn.Linear(HIDDEN, projection)


def state_of(model, projection, positions):
    state = collections.OrderedDict(model.state_dict())
    if positions:  # as transformers before 4.31 had it
        state["embeddings.position_ids"] = torch.arange(POSITIONS).expand((1, -1)).contiguous()
    if projection is not None:
        state.update(("encode_proj." + name, tensor) for name, tensor in projection.state_dict().items())
    return state


def vectors(model, projection, tokenizer, texts, length):
    found = []
    for text in texts:
        parts = [part.strip() for part in text if part.strip()] or [""]
        ids = tokenizer(*parts, truncation="longest_first", max_length=length, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            state = model(input_ids=ids, token_type_ids=torch.zeros_like(ids)).last_hidden_state[0, 0]
            found.append({"texts": text, "vector": (state if projection is None else projection(state)).tolist()})
    return found


def write(folder, name, seed, projection, length, lower_case, params, legacy):
    sides = [encoder(seed, projection), encoder(seed + 1, projection)]
    if legacy:  # f16 in the file, computed with in f32
        for model, linear in sides:
            model.half().float()
            if linear is not None:
                linear.half().float()
    model_dict = collections.OrderedDict()
    for prefix, (model, linear) in zip(["question_model.", "ctx_model."], sides):
        for key, tensor in state_of(model, linear, positions=legacy).items():
            is_weight = legacy and tensor.is_floating_point()
            model_dict[prefix + key] = tensor.half() if is_weight else tensor
    optimizer = {"state": {0: {"step": 7, "exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 2e-5, "params": [0]}]}
    state = CheckpointState(model_dict, optimizer, {"last_epoch": 7}, 460, 25, params)
    torch.save(state._asdict(), folder / name, _use_new_zipfile_serialization=not legacy)
    tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(VOCABULARY)}, do_lower_case=lower_case)
    return {"questions": vectors(*sides[0], tokenizer, [[text] for text in TEXTS], length),
            "passages": vectors(*sides[1], tokenizer, PASSAGES, length)}


def main():
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    conf = OmegaConf.create({"encoder": {"encoder_model_type": "hf_bert", "pretrained_model_cfg": "bert-base-uncased",
                                         "pretrained_file": None, "projection_dim": 0, "sequence_length": 24,
                                         "dropout": 0.1, "fix_ctx_encoder": False, "pretrained": True}})
    flat = {"do_lower_case": False, "pretrained_model_cfg": "bert-base-cased", "encoder_model_type": "hf_bert",
            "pretrained_file": None, "projection_dim": 8, "sequence_length": 20}
    cases = {
        "zip.cp": write(folder, "zip.cp", 300, 0, 24, True, {"do_lower_case": True, "encoder": conf.encoder}, False),
        "legacy.cp": write(folder, "legacy.cp", 400, 8, 20, False, flat, True),
    }
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    write_json(folder / "vectors.json", cases)


if __name__ == "__main__":
    main()
