"""Encoding in f32: dpr beside OpenVINO, ONNX Runtime and PyTorch, on the same passages.

Peers get what their users would do: batches of 16 sorted by length, padded to the longest. Tokens
count [CLS] and [SEP] and no padding. Writes the page `encode` of docs/results.
"""
import argparse
import os
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

import common
import texts

BATCH = 16
MAX_LENGTH = 256


def bert_base():
    """A BERT-base with random weights and the real vocabulary, as a folder."""
    folder = common.WORK / "bert-base-random"
    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        BertModel(BertConfig(), add_pooling_layer=False).save_pretrained(folder)
        AutoTokenizer.from_pretrained(common.MODEL).save_pretrained(folder)
    return folder


def batches(tokenizer, passages):
    """Padded batches, sorted by length, and the number of real tokens."""
    encoded = [tokenizer(f"{title} {text}", truncation=True, max_length=MAX_LENGTH)["input_ids"] for title, text in passages]
    encoded.sort(key=len)
    out = []
    for begin in range(0, len(encoded), BATCH):
        part = encoded[begin:begin + BATCH]
        ids = np.zeros((len(part), max(map(len, part))), np.int64)
        mask = np.zeros_like(ids)
        for row, sequence in enumerate(part):
            ids[row, :len(sequence)] = sequence
            mask[row, :len(sequence)] = 1
        out.append({"ids": ids, "mask": mask, "types": np.zeros_like(ids)})
    return out, sum(map(len, encoded))


class Exported(torch.nn.Module):
    """The hidden states alone, with the inputs' names fixed for export."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask, types):
        return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state


def onnx_file(folder):
    path = common.WORK / f"{folder.name}.onnx"
    if not path.exists():
        model = Exported(AutoModel.from_pretrained(folder, attn_implementation="eager").eval())
        one = torch.ones(2, 16, dtype=torch.long)
        axes = {name: {0: "batch", 1: "length"} for name in ("ids", "mask", "types", "hidden")}
        torch.onnx.export(model, (one, one, one), str(path), input_names=["ids", "mask", "types"], output_names=["hidden"],
                          opset_version=17, dynamic_axes=axes, dynamo=False)
    return str(path)


def openvino(folder, threads):
    import openvino as ov
    core = ov.Core()
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(core.read_model(onnx_file(folder)), "CPU", settings).create_infer_request()
    return lambda batch: request.infer(batch)["hidden"]


def onnxruntime(folder, threads):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(onnx_file(folder), options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, batch)[0]


def pytorch(folder, threads):
    torch.set_num_threads(threads)
    model = AutoModel.from_pretrained(folder).eval()

    def run(batch):
        with torch.inference_mode():
            return model(input_ids=torch.from_numpy(batch["ids"]), attention_mask=torch.from_numpy(batch["mask"]),
                         token_type_ids=torch.from_numpy(batch["types"])).last_hidden_state.numpy()
    return run


PEERS = {"OpenVINO f32": openvino, "ONNX Runtime f32": onnxruntime, "PyTorch f32": pytorch}


def measure(name, folder, passages, runs, threads):
    """Raw runs of dpr and its peers on one model."""
    file = texts.write_texts(common.WORK / f"texts-{name}.tsv", passages)
    parts, tokens = batches(AutoTokenizer.from_pretrained(folder), passages)
    details = []

    def ours():
        result = common.dpr_json("bench", "encode", "--model", folder, "--texts", file, "--max-length", MAX_LENGTH,
                                 "--precision", "f32", "--threads", threads)
        details.append(result)
        return result["tokens_per_second"]

    def peer(run):
        def once():
            begin = time.perf_counter()
            for batch in parts:
                run(batch)
            return tokens / (time.perf_counter() - begin)
        once()
        return once

    contestants = {"dpr f32": ours, **{label: peer(make(folder, threads)) for label, make in PEERS.items()}}
    return {"tokens": tokens, "passages": len(passages), "runs": common.alternate(contestants, runs), "dpr": details}


def page(raw):
    rows = []
    for model, result in raw.items():
        ours = result["runs"]["dpr f32"]
        for name, values in result["runs"].items():
            rows.append([model, name, f"{common.median(values):,.0f}", f"{min(values):,.0f} to {max(values):,.0f}",
                         "" if values is ours else f"{common.ratio(ours, values):.2f}"])
    shares = [f"- {model}: {common.median([d['share_of_peak'] for d in result['dpr']]):.0%} of the best GEMM rate of the run, "
              f"{common.median([d['gemm_peak_gops'] for d in result['dpr']]):,.0f} GFLOP/s, "
              f"{common.median([d['with_tokenizer_tokens_per_second'] for d in result['dpr']]):,.0f} tokens/s tokenising included"
              for model, result in raw.items()]
    counts = "; ".join(f"{model}: {r['passages']} passages, {r['tokens'] / r['passages']:.0f} tokens on average" for model, r in raw.items())
    return (f"{counts}. Medians of alternating runs.\n\n"
            + common.table(["model", "engine", "tokens/s", "range", "dpr is faster by"], rows) + "\n\n" + "\n".join(shares))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    raw = {"MiniLM-L6": measure("minilm", common.MODEL, texts.passages(1000, step=97), arguments.runs, arguments.threads),
           "BERT-base": measure("base", bert_base(), texts.passages(96, step=997), arguments.runs, arguments.threads)}
    common.write_results("encode", "Encoding in f32", page(raw), raw)


if __name__ == "__main__":
    main()
