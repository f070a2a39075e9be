#!/usr/bin/env python3
"""What sentence-transformers makes of texts: run by the extended tests, beside dpr on real weights.

TEXTS is a JSON object of lists of texts; OUT gets a tensor of vectors for each list. Versions used:
torch 2.15.0, transformers 5.23.0, sentence-transformers 6.2.0.

Usage: sentence_vectors.py MODEL TEXTS OUT.safetensors
"""
import json
import sys

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

torch.set_num_threads(2)
model = SentenceTransformer(sys.argv[1], device="cpu")
with open(sys.argv[2], encoding="utf-8") as file:
    lists = json.load(file)
save_file({name: torch.from_numpy(model.encode(texts, convert_to_numpy=True))
           for name, texts in lists.items()}, sys.argv[3])
