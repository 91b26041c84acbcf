"""Tiny ONNX refiners, made on the spot, for tests of everything behind the export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(path: Path, nodes: list[onnx.NodeProto], io: int, shape_in: list, shape_out: list, constants: dict) -> Path:
    graph = helper.make_graph(
        nodes,
        "refiner",
        [helper.make_tensor_value_info("image", io, shape_in)],
        [helper.make_tensor_value_info("refined", io, shape_out)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


def inverting(path: Path, height: int | str = 16, width: int | str = 18, *, rgb: bool = False) -> Path:
    """uint8 contract: refined = 255 - image, so that every pixel changes and the right answer is known."""
    shape = ["batch", height, width, *([3] if rgb else [])]
    nodes = [helper.make_node("BitwiseNot", ["image"], ["refined"])]
    return save(path, nodes, TensorProto.UINT8, shape, shape, {})


def inverting_float(path: Path, height: int = 16, width: int = 18, channels: int = 1, factor: float = -1.0) -> Path:
    """A third party's float contract: refined = factor * image on [batch, C, H, W] in -1..1."""
    shape = ["batch", channels, height, width]
    nodes = [helper.make_node("Mul", ["image", "factor"], ["refined"])]
    return save(path, nodes, TensorProto.FLOAT, shape, shape, {"factor": np.float32(factor)})


def nan_where_black(path: Path, height: int = 16, width: int = 18) -> Path:
    """A third party's float contract: gives the picture back, but NaN for every grey level 0."""
    shape = ["batch", 1, height, width]
    nodes = [
        helper.make_node("Add", ["image", "nearly_one"], ["x"]),
        helper.make_node("Sqrt", ["x"], ["y"]),
        helper.make_node("Mul", ["y", "zero"], ["z"]),
        helper.make_node("Add", ["image", "z"], ["refined"]),
    ]
    constants = {"nearly_one": np.float32(0.999), "zero": np.float32(0)}
    return save(path, nodes, TensorProto.FLOAT, shape, shape, constants)


def classifier(path: Path) -> Path:
    """Not a refiner: float [batch, 4] in, float [batch, 4] out."""
    nodes = [helper.make_node("Relu", ["image"], ["refined"])]
    return save(path, nodes, TensorProto.FLOAT, ["batch", 4], ["batch", 4], {})


def blurring(path: Path, rounds: int) -> Path:
    """uint8 contract, any size: many rounds of a 3x3 average, for a model that takes its time."""
    shape = ["batch", 16, 18]
    average = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["x", "one"], ["x0"]),
        *(helper.make_node("AveragePool", [f"x{i}"], [f"x{i + 1}"], **average) for i in range(rounds)),
        helper.make_node("Squeeze", [f"x{rounds}", "one"], ["y"]),
        helper.make_node("Round", ["y"], ["z"]),
        helper.make_node("Cast", ["z"], ["refined"], to=TensorProto.UINT8),
    ]
    return save(path, nodes, TensorProto.UINT8, shape, shape, {"one": np.array([1])})


def wide(path: Path, features: int = 48) -> Path:
    """uint8 contract at 16 x 18 with the working memory of a real refiner's layer: one map to `features` and back."""
    shape = ["batch", 16, 18]
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["x", "one"], ["x0"]),
        helper.make_node("Conv", ["x0", "spread"], ["x1"]),
        helper.make_node("Relu", ["x1"], ["x2"]),
        helper.make_node("Conv", ["x2", "gather"], ["x3"]),
        helper.make_node("Squeeze", ["x3", "one"], ["y"]),
        helper.make_node("Cast", ["y"], ["refined"], to=TensorProto.UINT8),
    ]
    constants = {
        "one": np.array([1]),
        "spread": np.full((features, 1, 1, 1), 0.5, np.float32),
        "gather": np.full((1, features, 1, 1), 1 / features, np.float32),
    }
    return save(path, nodes, TensorProto.UINT8, shape, shape, constants)


def copying(path: Path, height: int = 16, width: int = 18) -> Path:
    """uint8 contract: refined = image, by one copy, which needs no kernel."""
    shape = ["batch", height, width]
    nodes = [helper.make_node("Identity", ["image"], ["refined"])]
    return save(path, nodes, TensorProto.UINT8, shape, shape, {})


def weights_beside(path: Path, level: int = 7, height: int = 16, width: int = 18, *, folder: str = "") -> Path:
    """uint8 contract: refined = image ^ level, with the level in `<path>.data`, as newer exporters keep weights."""
    shape = ["batch", height, width]
    nodes = [helper.make_node("BitwiseXor", ["image", "level"], ["refined"])]
    save(path, nodes, TensorProto.UINT8, shape, shape, {"level": np.full((height, width), level, np.uint8)})
    (path.parent / folder).mkdir(exist_ok=True)
    location = str(Path(folder) / f"{path.name}.data")
    (path.parent / location).unlink(missing_ok=True)  # onnx would write behind what is there
    onnx.save(onnx.load(path), path, save_as_external_data=True, location=location, size_threshold=0)
    return path


def relocated(path: Path, location: str) -> Path:
    """The same model, its weights said to be elsewhere."""
    model = onnx.load(path, load_external_data=False)
    for constant in model.graph.initializer:
        for entry in constant.external_data:
            entry.value = location if entry.key == "location" else entry.value
    path.write_bytes(model.SerializeToString())
    return path


def weights_in_a_branch(path: Path, level: int = 7) -> Path:
    """The same as `weights_beside`, with the weights inside a graph that is an attribute of a node."""
    values = TensorProto(name="level", data_type=TensorProto.UINT8, dims=[16, 18], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", f"{path.name}.data"), ("offset", "0"), ("length", str(16 * 18))):
        values.external_data.add(key=key, value=value)
    path.with_name(f"{path.name}.data").write_bytes(bytes([level]) * (16 * 18))
    shape, kind = ["batch", 16, 18], TensorProto.UINT8
    constant = helper.make_node("Constant", [], ["level"])
    constant.attribute.add(name="value", type=onnx.AttributeProto.TENSOR).t.CopyFrom(values)
    changed = helper.make_node("BitwiseXor", ["image", "level"], ["changed"])
    branch = helper.make_graph(
        [constant, changed], "branch", [], [helper.make_tensor_value_info("changed", kind, shape)]
    )
    nodes = [helper.make_node("If", ["always"], ["refined"], then_branch=branch, else_branch=branch)]
    return save(path, nodes, kind, shape, shape, {"always": np.array(True)})


def scaling_float(path: Path, factor: float) -> Path:
    """A third party's float contract: refined = factor * image, with the factor in `<path>.data`."""
    inverting_float(path, factor=factor)
    location = f"{path.name}.data"
    onnx.save(onnx.load(path), path, save_as_external_data=True, location=location, size_threshold=0)
    return path


def ending_in(path: Path, ending: str, *, batch: int | str = "batch", bias: float = 0.0) -> Path:
    """A third party's float contract: refined = ending(steep * (image - middle) + bias), steep enough to keep contrast.

    "Sigmoid", "Relu" and "Clip" are for 0..1, "Tanh" and "Identity" for -1..1.
    """
    shape = [batch, 1, 16, 18]
    steep, middle = {"Sigmoid": (4.0, 0.5), "Tanh": (1.5, 0.0)}.get(ending, (1.0, 0.0))
    limits = ["zero", "one"] if ending == "Clip" else []
    nodes = [
        helper.make_node("Sub", ["image", "middle"], ["x"]),
        helper.make_node("Mul", ["x", "steep"], ["y"]),
        helper.make_node("Add", ["y", "bias"], ["z"]),
        helper.make_node(ending, ["z", *limits], ["refined"]),
    ]
    constants = {"middle": middle, "steep": steep, "bias": bias, "zero": 0.0, "one": 1.0}
    return save(path, nodes, TensorProto.FLOAT, shape, shape, {name: np.float32(v) for name, v in constants.items()})
