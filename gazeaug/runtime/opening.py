"""Opening a session in ONNX Runtime: on the provider that was asked for, or on none."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.runtime.plugins import PLUGINS, add_plugin
from gazeaug.runtime.quiet import onnxruntime

DEVICES = ("auto", "cuda", "cpu", *PLUGINS)
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
ort_errors = onnxruntime.capi.onnxruntime_pybind11_state
LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.NoModel,
    ort_errors.RuntimeException,
)


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
        options.log_severity_level = 3
        options.intra_op_num_threads = self.threads or 0
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(self.spinning)))
        return options


def open_session(
    opening: Opening, constants: Mapping[str, NDArray[Any]] | None = None, *, in_blocks: bool = True
) -> onnxruntime.InferenceSession:
    """Open a session; CUDA is tried only where a driver is, and never left for the CPU without a word.

    Args:
        opening: which model, and where.
        constants: take the place of the model's own.
        in_blocks: whether ONNX Runtime may choose its blocked layout for the CPU.

    Raises:
        InputError: not ONNX, or a provider asked for that is not to be had.
    """
    model, device = opening.model, opening.device
    options = opening.session_options(in_blocks=in_blocks)
    providers: list[str | tuple[str, Mapping[str, str]]] | None = [CPU]
    wanted = CPU
    if device in PLUGINS:
        providers, wanted = None, add_plugin(options, device)
    elif device != "cpu" and cuda_driver_is_here() and CUDA in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls(directory="")  # finds the libraries in the nvidia wheels without importing torch
        providers = [(CUDA, opening.cuda_options), CPU]
    elif device == "cuda":
        raise InputError(f"--device cuda: {_why_no_cuda()}; see gazeaug doctor, or use --device cpu.")
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(value) for name, value in (constants or {}).items()}
    for name, value in held.items():
        options.add_initializer(name, value)
    try:
        session = onnxruntime.InferenceSession(opening.content or str(model), options, providers=providers)
    except LOAD_ERRORS as error:
        reason = str(error).split(" : ")[-1].strip().rstrip(".")
        raise InputError(
            f"{model}: expected an ONNX model, found a file that does not load as one ({reason})."
        ) from error
    if device in PLUGINS and session.get_providers()[0] != wanted:
        raise InputError(f"--device {device}: {wanted} does not take {model}; use --device cpu.")
    if device == "cuda" and session.get_providers()[0] != CUDA:
        raise InputError(
            "--device cuda: ONNX Runtime could not load its CUDA provider; install the CUDA 13 and cuDNN 9 libraries "
            "(pip install 'onnxruntime-gpu[cuda,cudnn]') and see gazeaug doctor, or use --device cpu."
        )
    return session


def cuda_driver_is_here() -> bool:
    """Whether the NVIDIA driver's library loads; without it no CUDA provider can."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _why_no_cuda() -> str:
    if not cuda_driver_is_here():
        return "no NVIDIA driver is on this machine (libcuda does not load); install the driver of the GPU"
    return "this ONNX Runtime was built without CUDA; pip install onnxruntime-gpu in place of onnxruntime"
