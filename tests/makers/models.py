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
