"""Whether this machine can do the work: versions, providers that really load, CUDA as found, and what to type."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from gazeaug.machine import describe_machine, private_out_of, query_gpus
from gazeaug.provenance import versions
from gazeaug.runtime import cuda
from gazeaug.runtime.opening import CPU, CUDA, convolution_error, why_not_cuda

RUNTIMES = ("onnxruntime-gpu", "onnxruntime")
LITTLE_DISK = 2 << 30


@dataclass(frozen=True)
class Finding:
    """A line of the report; `remedy` is what to type where something is wrong."""

    text: str
    remedy: str | None = None

    def __str__(self) -> str:
        return self.text if self.remedy is None else f"PROBLEM: {self.text}; type: {self.remedy}"


@dataclass(frozen=True)
class Checkup:
    """Everything found; as text a block to paste into an issue, without names of people, hosts and their folders."""

    facts: dict[str, str]
    """What this machine is, by name."""
    findings: list[Finding]
    """What was checked."""
    is_cuda_broken: bool
    """The CUDA package is installed and a GPU is there, yet CUDA does not load."""

    def __str__(self) -> str:
        width = max(map(len, self.facts))
        facts = [f"{name:{width}} {value}" for name, value in self.facts.items()]
        return private_out_of("\n".join(["```text", *facts, *map(str, self.findings), "```"]))


def check_up(folder: Path = Path()) -> Checkup:
    """Look at this machine; `folder` is where outputs would go."""
    found, facts, findings = versions(*RUNTIMES), describe_machine(folder), list[Finding]()
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
    findings.append(Finding(f"NVIDIA driver library: {'loads' if cuda.driver_is_here() else 'not found'}"))
    findings.append(Finding(f"CUDA: {cuda_found() or 'none found'}"))
    findings.append(Finding(f"cuDNN: {cudnn_found() or 'none found'}"))
    reasons = {CPU: convolution_error(CPU), CUDA: why_not_cuda()}
    for name, reason in reasons.items():
        findings.append(Finding(f"{name}: {f'does not work: {reason}' if reason else 'computes a convolution'}"))
    is_cuda_broken = bool(gpus) and "onnxruntime-gpu" in found and reasons[CUDA] is not None
    if is_cuda_broken:
        findings.append(
            Finding(
                f"a GPU is here, but ONNX Runtime cannot use it with CUDA {cuda.MAJOR} and cuDNN 9: {reasons[CUDA]}",
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
    if free_bytes < LITTLE_DISK:
        findings.append(Finding(f"only {free_bytes / 2**30:,.1f} GiB of disk are free here", "df -h ."))
    return Checkup(facts, findings, is_cuda_broken)


def list_gpus() -> list[str]:
    """Names of NVIDIA GPUs, as their driver tells them."""
    names = query_gpus("name")
    if names is None:
        return ["NVIDIA GPU (no nvidia-smi)"] if Path("/dev/nvidia0").exists() else []
    return names


def cuda_found() -> str | None:
    """The CUDA version that the driver serves, and the runtime wheel that is installed."""
    found = [f"{name} {number}" for name, number in versions("nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12").items()]
    if served := cuda.driver_version():
        found.append(f"driver serves CUDA {served}")
    return ", ".join(found) or None


def cudnn_found() -> str | None:
    """The cuDNN wheel that is installed, and the system's library."""
    found = [f"{name} {number}" for name, number in versions("nvidia-cudnn-cu13", "nvidia-cudnn-cu12").items()]
    if version := cuda.cudnn_version():
        found.append(f"library {version}")
    return ", ".join(found) or None
