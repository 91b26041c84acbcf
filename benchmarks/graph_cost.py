"""What a refiner's graph moves and launches a picture: `python -m benchmarks.graph_cost [OLD.onnx]`.

Counted after ONNX Runtime's basic optimisation, which its CUDA provider starts from: kernels, and the KiB that they
read and write for a picture of a large batch, so that weights count for nothing. A convolution's bias is a pass of its
own, a view is none. By itself: the recipe `fast`. With a model exported earlier, one channel, uint8: the same weights
exported anew beside it, the speed of both on the CPU, taken in turns, and how many pixels differ.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper, shape_inference

from benchmarks.refining_stream import SHAPE, make_refiner
from gazeaug.refiner.network import CORRECTION_GAIN, VARIANT, Refiner, RefinerConfig
from gazeaug.runtime.precision import as_fp16
from gazeaug.runtime.quiet import onnxruntime
from gazeaug.samples.renderer import render_eyes
from gazeaug_exporters.contract import GreyLevelRefiner
from gazeaug_exporters.onnx_export import write_graph

VIEWS = ("Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten")  # the same memory under another shape
PARTS = ("Slice", "Gather", "Split")  # read only what they give
BIAS = "bias of Conv"
BATCH, N_TIMED, ROUNDS = 16, 256, 15


def main(given: Sequence[str] = ()) -> None:
    """Print the table, and the comparison where there is something to compare with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = [Path(path) for path in given[:1]]
        models.append(exported_anew(models[0], folder / "anew.onnx") if models else untrained(folder / "fast.onnx"))
        print(costs(models, folder), flush=True)
        if len(models) > 1:
            print(f"\n{compared(*models)}")


def untrained(path: Path) -> Path:
    """The recipe `fast`, with biases as training leaves them: not zero, which the exporter would leave out."""
    refiner = make_refiner()
    for layer in refiner.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            torch.nn.init.constant_(layer.bias, 0.01)
    write_graph(GreyLevelRefiner(refiner).eval(), torch.zeros((2, *SHAPE), dtype=torch.uint8), path, 18)
    return path


def exported_anew(model: Path, path: Path) -> Path:
    """The weights of an exported refiner in the graph that is exported today."""
    graph = onnx.load(model).graph
    values = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    named = {name.removeprefix("matched."): torch.tensor(value) for name, value in values.items()}
    weights = {name.removeprefix("refiner."): value for name, value in named.items() if name.startswith("refiner.")}
    noise, camera = VARIANT in weights, "camera.kept_brightness" in weights
    folded, fold = len(weights["last.bias"]), round(len(weights["last.bias"]) ** 0.5)
    config = RefinerConfig(
        features=len(weights["first.bias"]),
        blocks=len({match[0] for match in (re.match(r"blocks\.\d+", name) for name in weights) if match}),
        residual=any(
            value.dtype == np.float32 and value.size == 1 and value == CORRECTION_GAIN for value in values.values()
        ),
        noise=noise,
        styles=weights["first.weight"].shape[1] - folded - (noise and not camera),
        camera=camera,
        fold=fold,
    )
    refiner = Refiner(config)
    refiner.load_state_dict(weights, strict=False)  # buffers are among them too
    table = named["table"].tolist() if "table" in named else None
    shape = [dimension.dim_value for dimension in graph.input[0].type.tensor_type.shape.dim[1:]]
    write_graph(GreyLevelRefiner(refiner, table).eval(), torch.zeros((2, *shape), dtype=torch.uint8), path, 18)
    return path


def costs(models: Sequence[Path], folder: Path) -> str:
    """Kernels and KiB of every model, whole and by the node's type."""
    columns = []
    for model in models:
        exact = optimised(model, folder)
        fp32, fp16 = (cost(graph) for graph in (exact, onnx.load_from_string(as_fp16(exact))))
        columns.append((Counter(kind for kind, _ in fp32), by_kind(fp32), by_kind(fp16)))
    kinds = sorted({kind for _, fp32, _ in columns for kind in fp32}, key=lambda kind: -columns[0][1].get(kind, 0))
    lines = [f"| | {' | '.join(f'{model.name}: kernels | KiB in fp32 | in fp16' for model in models)} |"]
    lines.append("|---" * (1 + 3 * len(models)) + "|")
    for kind in ("all", *kinds):
        row = [
            [sum(column.values()) if kind == "all" else column.get(kind, 0) for column in three] for three in columns
        ]
        lines.append(f"| {kind} | {' | '.join(f'{value:,.0f}' for three in row for value in three)} |")
    return "\n".join(lines)


def by_kind(counted: list[tuple[str, float]]) -> dict[str, float]:
    """KiB summed up by the node's type."""
    return {kind: sum(kib for other, kib in counted if other == kind) for kind, _ in counted}


def optimised(path: Path, folder: Path) -> onnx.ModelProto:
    """The graph as ONNX Runtime leaves it before a provider's own changes, for one picture."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(folder / "optimised.onnx")
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    return model


def cost(model: onnx.ModelProto) -> list[tuple[str, float]]:
    """(type, KiB read and written) of every kernel for one picture."""
    graph = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    kib = {value.name: size(value) for value in (*graph.input, *graph.output, *graph.value_info)}
    constants = {constant.name for constant in graph.initializer} | {""}
    return list(kernels(graph, kib | dict.fromkeys(constants, 0.0)))


def kernels(graph: onnx.GraphProto, kib: dict[str, float]) -> Iterator[tuple[str, float]]:
    """See `cost`."""
    for node in graph.node:
        if node.op_type in VIEWS:
            continue
        written = sum(kib[name] for name in node.output)
        yield node.op_type, written + (written if node.op_type in PARTS else sum(kib[name] for name in {*node.input}))
        if node.op_type == "Conv" and len(node.input) == 3:
            yield BIAS, 2 * written


def size(value: onnx.ValueInfoProto) -> float:
    """KiB of a tensor."""
    tensor = value.type.tensor_type
    item = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)).itemsize
    return float(np.prod([dimension.dim_value for dimension in tensor.shape.dim])) * item / 1024


def compared(old: Path, new: Path) -> str:
    """Speed in one thread, in turns, and the pixels that differ."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    sessions = [onnxruntime.InferenceSession(str(path), options) for path in (old, new)]
    height, width = sessions[0].get_inputs()[0].shape[1:]
    images = render_eyes(N_TIMED, domain="synthetic", seed=0, size=(height, width)).images
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        for i in (0, 1) if turn % 2 else (1, 0):
            began = time.process_time()
            refined(sessions[i], images)
            seconds[i].append(time.process_time() - began)
    ratios = sorted(one / other for one, other in zip(*seconds, strict=True))
    before, after = (refined(session, images) for session in sessions)
    apart = np.abs(before.astype(np.int16) - after)
    return (
        f"images a CPU second: {N_TIMED / median(seconds[0]):,.0f} and {N_TIMED / median(seconds[1]):,.0f}, ratio "
        f"{median(ratios):.3f} (from {ratios[0]:.3f} to {ratios[-1]:.3f}); {np.count_nonzero(apart):,} of "
        f"{apart.size:,} pixels differ, by at most {apart.max()}"
    )


def refined(session: onnxruntime.InferenceSession, images: np.ndarray) -> np.ndarray:
    """All pictures through a session."""
    return np.concatenate(
        [session.run(None, {"image": images[i : i + BATCH]})[0] for i in range(0, len(images), BATCH)]
    )


if __name__ == "__main__":
    main(sys.argv[1:])
