"""The engines that dpr's encoder is measured beside, each with what its users would do: batches of 16
sorted by length and padded to the longest, the model exported to ONNX, quantised by the engine's own
means. An engine is a function from a padded batch to hidden states.
"""
import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

import common

BATCH = 16


def bert_base():
    """A BERT-base with random weights and the real vocabulary, as a folder."""
    folder = common.WORK / "bert-base-random"
    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        BertModel(BertConfig(), add_pooling_layer=False).save_pretrained(folder)
        AutoTokenizer.from_pretrained(common.MODEL).save_pretrained(folder)
    return folder


def batches(folder, passages, max_length, size=BATCH):
    """Padded batches, sorted by length, and the number of real tokens."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = [tokenizer(f"{title} {text}".strip(), truncation=True, max_length=max_length)["input_ids"] for title, text in passages]
    encoded.sort(key=len)
    out = []
    for begin in range(0, len(encoded), size):
        part = encoded[begin:begin + size]
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


def openvino(folder, precision, threads, calibration):
    import openvino as ov
    core = ov.Core()
    model = core.read_model(onnx_file(folder))
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if precision == "int8":
        import nncf
        chosen = calibration[::max(1, len(calibration) // 20)]
        model = nncf.quantize(model, nncf.Dataset(chosen), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(chosen))
    else:
        settings["INFERENCE_PRECISION_HINT"] = precision
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return lambda batch: request.infer(batch)["hidden"]


def onnxruntime(folder, precision, threads, _):
    import onnxruntime as ort
    file = onnx_file(folder)
    if precision == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantised = str(common.WORK / f"{folder.name}-int8.onnx")
        if not os.path.exists(quantised):
            quantize_dynamic(file, quantised, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"],
                             extra_options={"DefaultTensorType": 1, "MatMulConstBOnly": True})
        file = quantised
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, batch)[0]


def pytorch(folder, precision, threads, _):
    torch.set_num_threads(threads)
    model = AutoModel.from_pretrained(folder).eval()

    def run(batch):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return model(input_ids=torch.from_numpy(batch["ids"]), attention_mask=torch.from_numpy(batch["mask"]),
                         token_type_ids=torch.from_numpy(batch["types"])).last_hidden_state.float().numpy()
    return run


# By name; CPUs without bf16 leave those out.
PEERS = {"OpenVINO int8": (openvino, "int8"), "OpenVINO bf16": (openvino, "bf16"), "OpenVINO f32": (openvino, "f32"),
         "ONNX Runtime int8": (onnxruntime, "int8"), "ONNX Runtime f32": (onnxruntime, "f32"),
         "PyTorch bf16": (pytorch, "bf16"), "PyTorch f32": (pytorch, "f32")}


def precisions():
    """What this CPU can do."""
    return ["int8", "bf16", "f32"] if "avx512_bf16" in common.machine() else ["int8", "f32"]


def engines(folder, threads, calibration):
    return {name: make(folder, precision, threads, calibration) for name, (make, precision) in PEERS.items()
            if precision in precisions()}
