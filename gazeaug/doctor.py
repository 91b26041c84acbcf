"""Whether this machine can do the work: versions, providers that really load, CUDA as found, and what to type."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gazeaug.provenance import versions
from gazeaug.runtime.opening import CPU, CUDA, cuda_driver_is_here
from gazeaug.runtime.quiet import onnxruntime

PACKAGES = ("gazeaug", "torch", "onnx", "onnxscript", "onnxruntime-gpu", "onnxruntime", "h5py", "numpy", "hdf5plugin")
LITTLE_DISK = 2 << 30


@dataclass(frozen=True)
class Finding:
    """A line of the report; `remedy` is what to type where something is wrong."""

    text: str
    remedy: str | None = None


@dataclass(frozen=True)
class Checkup:
    """Everything found."""

    findings: list[Finding]
    is_cuda_broken: bool
    """The CUDA package is installed and a GPU is there, yet CUDA does not load."""


def check_up(folder: Path = Path()) -> Checkup:
    """Look at this machine; `folder` is where outputs would go."""
    found = versions(*PACKAGES)
    findings = [Finding(f"{name} {number}") for name, number in found.items()]
    if "onnxruntime" in found and "onnxruntime-gpu" in found:
        findings.append(
            Finding(
                "onnxruntime and onnxruntime-gpu are both installed and overwrite each other's files",
                "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu",
            )
        )
    gpus = list_gpus()
    if shutil.which("nvidia-smi") and not gpus:
        findings.append(Finding("nvidia-smi is here but shows no GPU: the driver does not answer", "nvidia-smi"))
    else:
        findings.append(Finding(f"GPU: {', '.join(gpus)}" if gpus else "GPU: none found"))
    findings.append(Finding(f"NVIDIA driver library: {'loads' if cuda_driver_is_here() else 'not found'}"))
    findings.append(Finding(f"CUDA: {cuda_found() or 'none found'}"))
    findings.append(Finding(f"cuDNN: {cudnn_found() or 'none found'}"))
    loadable = {name: provider_loads(name) for name in (CPU, CUDA)}
    findings += [Finding(f"{name}: {'loads' if loads else 'does not load'}") for name, loads in loadable.items()]
    is_cuda_broken = bool(gpus) and "onnxruntime-gpu" in found and not loadable[CUDA]
    if is_cuda_broken:
        findings.append(
            Finding(
                "a GPU is here, but ONNX Runtime cannot load CUDA 13 and cuDNN 9",
                "pip install 'onnxruntime-gpu[cuda,cudnn]'",
            )
        )
    elif gpus and "onnxruntime-gpu" not in found:
        findings.append(
            Finding(
                "a GPU is here, but ONNX Runtime was installed without CUDA",
                "pip uninstall -y onnxruntime && pip install onnxruntime-gpu",
            )
        )
    free_bytes = shutil.disk_usage(folder).free
    short = free_bytes < LITTLE_DISK
    findings.append(Finding(f"free disk here: {free_bytes / 2**30:,.1f} GiB", "df -h ." if short else None))
    return Checkup(findings, is_cuda_broken)


def list_gpus() -> list[str]:
    """Names of NVIDIA GPUs, as their driver tells them."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ["NVIDIA GPU (no nvidia-smi)"] if Path("/dev/nvidia0").exists() else []
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.strip() for line in result.stdout.splitlines() if line.strip()] if result.returncode == 0 else []


def provider_loads(name: str) -> bool:
    """Whether a session on a one-node model really ends up on the provider; being listed proves nothing."""
    if name not in onnxruntime.get_available_providers() or (name == CUDA and not cuda_driver_is_here()):
        return False
    if name == CUDA:
        onnxruntime.preload_dlls(directory="")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(identity_model(), options, providers=[name, CPU] if name != CPU else [CPU])
    return bool(session.get_providers()[0] == name)


def identity_model() -> bytes:
    """The smallest model there is."""
    from onnx import TensorProto, helper

    shape = (
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1]),
    )
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "identity", [shape[0]], [shape[1]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def cuda_found() -> str | None:
    """The CUDA version that the driver serves, and the runtime wheel that is installed."""
    found = [f"{name} {number}" for name, number in versions("nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12").items()]
    if cuda_driver_is_here():
        number = ctypes.c_int()
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        if driver.cuDriverGetVersion(ctypes.byref(number)) == 0:
            found.append(f"driver serves CUDA {number.value // 1000}.{number.value % 1000 // 10}")
    return ", ".join(found) or None


def cudnn_found() -> str | None:
    """The cuDNN wheel that is installed, and the system's library."""
    found = [f"{name} {number}" for name, number in versions("nvidia-cudnn-cu13", "nvidia-cudnn-cu12").items()]
    with contextlib.suppress(OSError):
        library = ctypes.CDLL("cudnn64_9.dll" if sys.platform == "win32" else "libcudnn.so.9")
        library.cudnnGetVersion.restype = ctypes.c_size_t
        found.append(f"library {library.cudnnGetVersion()}")
    return ", ".join(found) or None
