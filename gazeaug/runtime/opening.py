"""Opening a session in ONNX Runtime: on the provider that was asked for, or on none."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.labels import is_text
from gazeaug.file_kinds import kind_of
from gazeaug.runtime import cuda
from gazeaug.runtime.plugins import PLUGINS, add_plugin
from gazeaug.runtime.quiet import onnxruntime

DEVICES = ("auto", "cuda", "cpu", *PLUGINS)
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
EXACT = {"use_tf32": "0"}  # fp32 is fp32: TF32 keeps ten bits of every factor
ort_errors = onnxruntime.capi.onnxruntime_pybind11_state
ORT_ERRORS: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(ort_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
)
PROVIDER_ERRORS: tuple[type[Exception], ...] = (*ORT_ERRORS, RuntimeError)  # the latter from copies to a device
LIBRARY_FAILURE = re.compile(
    r"\b[A-Z_]+ failure \d+: [^;\n]+|Failed to allocate memory for requested buffer of size \d+"
)
NODE = re.compile(r"running (\w+) node")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a session is opened; see `gazeaug.runtime.session.RefinerSession`."""

    model: Path
    device: str
    threads: int | None
    spinning: bool
    content: bytes | None
    cuda_options: Mapping[str, str]

    def session_options(self, *, in_blocks: bool) -> onnxruntime.SessionOptions:
        """As ONNX Runtime takes them."""
        options = onnxruntime.SessionOptions()
        if not in_blocks:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.log_severity_level = 4  # what goes wrong is raised, and said once
        options.intra_op_num_threads = self.threads or 0
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(self.spinning)))
        return options


def open_session(
    opening: Opening, constants: Mapping[str, NDArray[Any]] | None = None, *, in_blocks: bool = True
) -> onnxruntime.InferenceSession:
    """Open a session on the provider that was asked for, which it never leaves for another one.

    Args:
        opening: which model, and where; "auto" is CUDA where that works, else the CPU, and then says why.
        constants: take the place of the model's own.
        in_blocks: whether ONNX Runtime may choose its blocked layout for the CPU.

    Raises:
        InputError: not ONNX, or a provider asked for that is not to be had.
        RunError: CUDA works, but not with this model: its memory is full, or it has no kernel for a node.
    """
    model, device = opening.model, opening.device
    options = opening.session_options(in_blocks=in_blocks)
    providers: list[str | tuple[str, Mapping[str, str]]] | None = [CPU]
    wanted = CPU
    if device in PLUGINS:
        providers, wanted = None, add_plugin(options, device)
    elif chooses_cuda(device):
        providers, wanted = [(CUDA, {**EXACT, **opening.cuda_options}), CPU], CUDA
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(value) for name, value in (constants or {}).items()}
    for name, value in held.items():
        options.add_initializer(name, value)
    given = opening.content or str(model)
    if not is_text(str(model)):
        raise InputError(f"{str(model)!a}: its name is no UTF-8, and so no path for ONNX Runtime; rename it.")
    try:
        session = onnxruntime.InferenceSession(given, options, providers=providers, enable_fallback=0)
    except ORT_ERRORS as error:
        if wanted == CUDA and _loads(given, options):
            raise RunError(
                f"{model}: CUDA does not take it ({reason_of(error)}); see gazeaug doctor, or use --device cpu."
            ) from error
        raise InputError(
            f"{model}: expected an ONNX model, found {kind_of(model)} that does not load as one ({reason_of(error)})."
        ) from error
    logger.info("opened %s on %s (device %s)", model, session.get_providers()[0], device)
    if session.get_providers()[0] != wanted:
        raise InputError(f"--device {device}: {wanted} does not take {model}; use --device cpu.")
    return session


def _loads(model: str | bytes, options: onnxruntime.SessionOptions) -> bool:
    """Whether the CPU takes a model: or else it is the model's fault."""
    try:
        onnxruntime.InferenceSession(model, options, providers=[CPU], enable_fallback=0)
    except ORT_ERRORS:
        return False
    return True


def reason_of(error: Exception) -> str:
    """What ONNX Runtime says went wrong, without its prefixes and places in its source, as part of a sentence."""
    text = str(error)
    if found := LIBRARY_FAILURE.search(text):  # of CUDA, cuDNN or cuBLAS, amid lines of C++
        node = NODE.search(text)
        return found[0].strip() + (f" in a node {node[1]}" if node else "")
    lines = [line for line in text.splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].split(" : ")[-1].strip().rstrip(".")


def chooses_cuda(device: str) -> bool:
    """Whether a session goes to CUDA; where "auto" cannot although a driver is there, the reason is logged once.

    Raises:
        InputError: "cuda" is not to be had.
    """
    if device not in ("auto", "cuda"):
        return False
    reason = why_not_cuda()
    if reason and device == "cuda":
        raise InputError(f"--device cuda: {reason}; see gazeaug doctor, or use --device cpu.")
    if reason and cuda.driver_is_here():
        _say_once(f"CUDA is not used: {reason}. Refining on the CPU; see gazeaug doctor.")
    return not reason


@cache
def _say_once(text: str) -> None:
    logger.warning(text)


@cache
def why_not_cuda() -> str | None:
    """Why CUDA cannot be used in this process; None where a convolution has been computed with it.

    Being listed proves nothing: libraries may be missing, and cuDNN is first called when a convolution runs.
    """
    if not cuda.driver_is_here():
        return "no NVIDIA driver is on this machine (libcuda does not load); install the driver of the GPU"
    if CUDA not in onnxruntime.get_available_providers():
        return "this ONNX Runtime was built without CUDA; pip install onnxruntime-gpu in place of onnxruntime"
    install = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
    if missing := cuda.load_libraries():
        return f"{', '.join(missing)} cannot be loaded; {install}"
    if error := convolution_error(CUDA):
        return f"{error}; {install}" if error.startswith("ONNX Runtime") else error
    return None


def convolution_error(provider: str) -> str | None:
    """What goes wrong when a provider computes one small convolution; None where nothing does."""
    if provider not in onnxruntime.get_available_providers():
        return f"ONNX Runtime was built without {provider}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # or else it is folded away
    try:
        session = onnxruntime.InferenceSession(_one_convolution(), options, providers=[provider], enable_fallback=0)
        if session.get_providers()[0] != provider:
            return f"ONNX Runtime cannot load {provider}"
        session.run(None, {})
    except ORT_ERRORS as error:
        return f"a small convolution fails on {provider} ({reason_of(error)})"
    return None


def _one_convolution() -> bytes:
    """A model without inputs that convolves a constant picture."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    picture = numpy_helper.from_array(np.ones((1, 1, 8, 8), np.float32), "picture")
    kernel = numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "kernel")
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, 1, 6, 6])
    node = helper.make_node("Conv", ["picture", "kernel"], ["result"])
    graph = helper.make_graph([node], "convolution", [], [result], [picture, kernel])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())
