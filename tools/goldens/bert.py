#!/usr/bin/env python3
"""Goldens for the modules bert and encoder: tiny random BERTs and what the reference makes of them.

Writes testdata/bert/NAME (config.json, weights, cases.json, expected.safetensors) and
testdata/encoder/NAME (a retriever's folder and cases.json). Everything is seeded, so that a second
run with the same versions writes the same bytes.

Versions used: torch 2.15.0, transformers 5.23.0, sentence-transformers 6.2.0, safetensors 0.8.0.

Usage: bert.py TESTDATA
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import (BertConfig, BertModel, BertTokenizer, DPRConfig, DPRContextEncoder,
                          DPRQuestionEncoder)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = ["the", "of", "and", "in", "is", "who", "what", "river", "city", "king", "query", "passage",
         "##ing", "##ed", "##er", ".", ",", "?", ":", "-"]
VOCABULARY = SPECIAL + list(LETTERS) + ["##" + letter for letter in LETTERS] + WORDS

# name -> (heads, layers, hidden, intermediate, positions, pooler, how it is stored)
MODELS = {
    "one_head": (1, 1, 16, 32, 40, True, "plain f32"),
    "two_heads": (2, 2, 24, 56, 64, False, "bert. f16"),
    "four_heads": (4, 3, 48, 96, 64, True, "plain bf16"),
    "wide_head": (2, 2, 40, 72, 32, True, "old names, sharded f32"),
}
SEQUENCE_LENGTHS = [1, 2, 3, 7, 16, 17, 31, 32]

TEXTS = [
    "Who is the king of the city?",
    "what river",
    "",
    "The river is in the city, and the king of the river is walking; 42 swimmers and 17 kings.",
    "\u00c9l\u00e8ve na\u00efve \u4e2d\u6587 [SEP] \U0001f600",
    "passage " * 60,
]
PASSAGES = [
    ["River", "The river is in the city."],
    ["", "A text without a title."],
    ["A title without a text", ""],
    ["", ""],
    ["Long", "the king of the city and the river " * 12],
    ["A long title of the king of the river of the city of the passage " * 3, "short text"],
    ["A long title of the king of the river of the city of the passage " * 3, "long text and " * 30],
]


def randomize(model, seed):
    """Weights large enough that every operation matters: attention is not flat, GELU bends."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "LayerNorm.weight" in name:
                parameter.copy_(1 + 0.2 * noise)
            elif parameter.dim() == 1:
                parameter.copy_(0.2 * noise)
            else:
                parameter.copy_(noise * (1.0 if "embeddings" in name else
                                         1.2 / parameter.shape[1] ** 0.5))
    return model.eval()


def bert_config(heads, layers, hidden, intermediate, positions, **more):
    return dict(vocab_size=len(VOCABULARY), hidden_size=hidden, num_hidden_layers=layers,
                num_attention_heads=heads, intermediate_size=intermediate,
                max_position_embeddings=positions, attn_implementation="eager", **more)


def round_to(model, dtype):
    """Keeps the values that a file in `dtype` can hold, computed with in f32."""
    return model.to(dtype).to(torch.float32)


def save_weights(folder, state, stored):
    state = {name: tensor.contiguous() for name, tensor in state.items()}
    if stored.startswith("bert."):
        state = {"bert." + name: tensor for name, tensor in state.items()}
        state["cls.predictions.bias"] = torch.zeros(len(VOCABULARY))
    if stored.endswith(" f16"):
        state = {name: tensor.half() for name, tensor in state.items()}
    if stored.endswith(" bf16"):
        state = {name: tensor.bfloat16() for name, tensor in state.items()}
    if "sharded" not in stored:
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        return
    state = {name.replace("LayerNorm.weight", "LayerNorm.gamma")
                 .replace("LayerNorm.bias", "LayerNorm.beta"): t for name, t in state.items()}
    state["embeddings.position_ids"] = torch.arange(8).unsqueeze(0)
    names = sorted(state)
    shards = [names[: len(names) // 2], names[len(names) // 2:]]
    weight_map = {}
    for number, shard in enumerate(shards, 1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file({name: state[name] for name in shard}, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in shard})
    write_json(folder / "model.safetensors.index.json",
               {"metadata": {}, "weight_map": dict(sorted(weight_map.items()))})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")


def hidden_state_goldens(folder, name, seed):
    heads, layers, hidden, intermediate, positions, pooler, stored = MODELS[name]
    config = BertConfig(**bert_config(heads, layers, hidden, intermediate, positions))
    model = randomize(BertModel(config, add_pooling_layer=pooler), seed)
    if stored.endswith("f16"):
        model = round_to(model, torch.bfloat16 if stored.endswith("bf16") else torch.float16)
    config.architectures = ["BertModel"]
    config.to_json_file(folder / "config.json")
    save_weights(folder, model.state_dict(), stored)

    generator = torch.Generator().manual_seed(seed + 1)
    sequences, expected = [], {}
    for length in [n for n in SEQUENCE_LENGTHS if n <= positions] + [positions]:
        ids = torch.randint(0, len(VOCABULARY), (1, length), generator=generator)
        with torch.no_grad():
            output = model(input_ids=ids, token_type_ids=torch.zeros_like(ids))
        expected[f"hidden.{len(sequences)}"] = output.last_hidden_state[0].contiguous()
        if pooler:
            expected[f"pooled.{len(sequences)}"] = output.pooler_output.contiguous()
        sequences.append(ids[0].tolist())
    (folder / "cases.json").write_text(json.dumps({"sequences": sequences}) + "\n")
    save_file(expected, folder / "expected.safetensors")


def save_tokenizer(folder, max_length=None):
    tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(VOCABULARY)},
                              do_lower_case=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    tokenizer_config = {"do_lower_case": True}
    if max_length:
        tokenizer_config["model_max_length"] = max_length
    write_json(folder / "tokenizer_config.json", tokenizer_config)
    return tokenizer


def dpr_pair(folder):
    """question_encoder/ and ctx_encoder/ as transformers writes them, with a projection."""
    expected = {"questions": [], "passages": []}
    config = DPRConfig(**bert_config(2, 2, 16, 24, 40), projection_dim=8)
    sides = [("question_encoder", DPRQuestionEncoder, "questions", [[text] for text in TEXTS]),
             ("ctx_encoder", DPRContextEncoder, "passages", PASSAGES)]
    for seed, (side, architecture, key, texts) in enumerate(sides):
        model = randomize(architecture(config), 100 + seed)
        (folder / side).mkdir()
        model.save_pretrained(folder / side)
        tokenizer = save_tokenizer(folder / side)
        for text in texts:
            parts = [part for part in text if part] or [""]
            ids = tokenizer(*parts, truncation="longest_first", max_length=40,
                            return_tensors="pt")["input_ids"]
            with torch.no_grad():
                vector = model(input_ids=ids, attention_mask=torch.ones_like(ids),
                               token_type_ids=torch.zeros_like(ids)).pooler_output[0]
            expected[key].append({"texts": text, "tokens": ids.shape[1], "vector": vector.tolist()})
    write_json(folder / "cases.json", expected)


def sentence_transformer(folder, seed, pooling, *more, length=None, prompts=None, similarity=None):
    base = folder / "base"
    base.mkdir()
    config = BertConfig(**bert_config(2, 1, 16, 24, 40))
    randomize(BertModel(config, add_pooling_layer=False), seed).save_pretrained(base)
    # Saved as transformers saves it, so that the reference reads exactly these files.
    BertTokenizer(vocab={piece: i for i, piece in enumerate(VOCABULARY)},
                  do_lower_case=True).save_pretrained(base)
    model = SentenceTransformer(
        modules=[Transformer(str(base), max_seq_length=length), Pooling(16, pooling), *more],
        prompts=prompts, similarity_fn_name=similarity, device="cpu")
    model.save(str(folder), create_model_card=False)
    shutil.rmtree(base)
    write_vectors(folder)


def to_old_layout(folder):
    """As sentence-transformers 2 to 4 wrote it: the length in sentence_bert_config.json."""
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})
    (folder / "tokenizer.json").unlink()
    save_tokenizer(folder, 512)
    write_json(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": 16, "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False})
    write_json(folder / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize",
         "type": "sentence_transformers.models.Normalize"}])
    write_json(folder / "config_sentence_transformers.json",
               {"__version__": {"sentence_transformers": "2.0.0"}})
    write_vectors(folder)


def write_vectors(folder):
    model = SentenceTransformer(str(folder), device="cpu")
    joined = [(title + " " + text) if title and text else title + text for title, text in PASSAGES]

    def cases(originals, texts, encode):
        vectors = encode(texts, convert_to_numpy=True)
        return [{"texts": original, "vector": [float(x) for x in vector]}
                for original, vector in zip(originals, vectors)]

    write_json(folder / "cases.json", {
        "questions": cases([[text] for text in TEXTS], TEXTS, model.encode_query),
        "passages": cases(PASSAGES, joined, model.encode_document)})


def main():
    torch.set_num_threads(1)
    testdata = Path(sys.argv[1])
    for seed, name in enumerate(MODELS):
        folder = testdata / "bert" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        hidden_state_goldens(folder, name, seed)
    encoder = testdata / "encoder"
    for name in ["dpr_pair", "st_mean", "st_cls", "st_dense"]:
        shutil.rmtree(encoder / name, ignore_errors=True)
        (encoder / name).mkdir(parents=True)
    dpr_pair(encoder / "dpr_pair")
    sentence_transformer(encoder / "st_mean", 200, "mean", Normalize(), length=24)
    to_old_layout(encoder / "st_mean")
    sentence_transformer(encoder / "st_cls", 201, "cls", length=32, similarity="dot",
                         prompts={"query": "query: ", "document": "passage: "})
    torch.manual_seed(202)
    sentence_transformer(encoder / "st_dense", 202, "mean",
                         Dense(16, 12, activation_function=torch.nn.Identity()), Normalize(),
                         length=40)


if __name__ == "__main__":
    main()
