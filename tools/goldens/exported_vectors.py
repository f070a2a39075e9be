#!/usr/bin/env python3
"""What transformers, or sentence-transformers, makes of texts with a model that `dpr export` wrote: run by the
extended tests.

TEXTS is a JSON object with `questions`, a list of texts, and `passages`, a list of [title, text]; OUT gets a tensor of
vectors for each. As DPR encodes: title and text are a pair, all segments are 0. Versions used: torch 2.15.0,
transformers 5.23.0, sentence-transformers 6.2.0.

Usage: exported_vectors.py dpr|sentence-transformers MODEL TEXTS OUT.safetensors
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, DPRContextEncoder, DPRQuestionEncoder

torch.set_num_threads(2)


def dpr(folder, architecture, texts, length):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, report = architecture.from_pretrained(folder, output_loading_info=True)
    for kind in ["missing_keys", "unexpected_keys", "mismatched_keys"]:
        assert not report[kind], f"{kind}: {report[kind]}"
    vectors = []
    for text in texts:
        parts = [part for part in text if part] or [""]
        ids = tokenizer(*parts, truncation="longest_first", max_length=length, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            vectors.append(model.eval()(input_ids=ids, token_type_ids=torch.zeros_like(ids)).pooler_output[0])
    return torch.stack(vectors)


def main():
    layout, folder = sys.argv[1], Path(sys.argv[2])
    texts = json.loads(Path(sys.argv[3]).read_text())
    if layout == "dpr":
        settings = json.loads((folder / "retriever.json").read_text())
        found = {"questions": dpr(folder / "question_encoder", DPRQuestionEncoder, [[q] for q in texts["questions"]],
                                  settings["question_max_length"]),
                 "passages": dpr(folder / "ctx_encoder", DPRContextEncoder, texts["passages"],
                                 settings["passage_max_length"])}
    else:
        from sentence_transformers import SentenceTransformer
        model = SentenceTransformer(str(folder), device="cpu")
        joined = [" ".join(part for part in passage if part) for passage in texts["passages"]]
        found = {"questions": model.encode_query(texts["questions"], convert_to_tensor=True),
                 "passages": model.encode_document(joined, convert_to_tensor=True)}
    save_file({name: tensor.float().contiguous() for name, tensor in found.items()}, sys.argv[4])


if __name__ == "__main__":
    main()
