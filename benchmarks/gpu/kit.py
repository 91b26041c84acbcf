"""Packs what a bare GPU machine lacks into `.gpu/`: `make gpu-kit`, or `python -m benchmarks.gpu.kit [--arch 90]`.

A bare machine has no network, but Python, torch for CUDA, typer, h5py, matplotlib, onnx and onnxscript. The kit brings
onnxruntime-gpu with its machine code for one architecture, small packages that may be missing, and the trained model.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.gpu.fatbin import keep_architecture
from benchmarks.gpu.inputs import make_models

FOLDER = Path(".gpu")
LARGEST_KIT = 60 << 20
ORT, ORT_VERSION = "onnxruntime-gpu", "1.31.1"
PROVIDER = "onnxruntime/capi/libonnxruntime_providers_cuda.so"
LEFT_OUT = ("onnxruntime/capi/libonnxruntime_providers_tensorrt.so", "onnxruntime/capi/libonnxruntime.so.*")
FILTERS = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 9}]
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
# What gazeaug imports on the way and a machine with torch may lack, in the versions that are tested here.
PACKAGES = (
    *("annotated-doc", "annotated-types", "filelock", "jinja2", "markupsafe", "packaging"),
    *("safetensors", "tqdm", "typing-extensions"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack the kit; the exit status is 1 where it is larger than what may be carried along."""
    parser = argparse.ArgumentParser(description="Packs what a bare GPU machine lacks into .gpu/.")
    parser.add_argument("--arch", type=int, default=90, help="compute capability of the GPU times ten")
    parser.add_argument("--python", default="3.12", help="version of Python there")
    given = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    shutil.rmtree(FOLDER / "wheels", ignore_errors=True)
    pack_runtime(FOLDER, given.arch, given.python)
    download([f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES], FOLDER / "wheels", given.python)
    make_models(FOLDER)
    sizes = {path: path.stat().st_size for path in sorted(FOLDER.rglob("*")) if path.is_file()}
    for path, size in sizes.items():
        print(f"{size / 2**20:7.2f} MiB  {path}")
    total = sum(sizes.values())
    print(f"{total / 2**20:7.2f} MiB in all, of at most {LARGEST_KIT / 2**20:.0f}")
    return int(total > LARGEST_KIT)


def pack_runtime(folder: Path, architecture: int, python: str) -> Path:
    """ONNX Runtime's wheel, unpacked, with GPU code for one architecture, as .tar.xz; packed once, and then kept."""
    tag = f"cp{python.replace('.', '')}"
    packed = folder / f"{ORT}-{ORT_VERSION}-{tag}-sm{architecture}.tar.xz"
    for other in folder.glob(f"{ORT}-*.tar.xz"):
        if other != packed:
            other.unlink()
    if packed.exists():
        return packed
    with tempfile.TemporaryDirectory() as name:
        wheels, site = Path(name) / "wheels", Path(name) / "site"
        download([f"{ORT}=={ORT_VERSION}"], wheels, python)
        (wheel,) = wheels.iterdir()
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        library = bytearray((site / PROVIDER).read_bytes())
        print(f"{PROVIDER}: {keep_architecture(library, architecture)}")
        (site / PROVIDER).write_bytes(library)
        partial = packed.with_suffix(".partial")
        # Backwards, so that the binding comes right before the provider, whose host code is much like its own.
        with lzma.open(partial, "wb", filters=FILTERS) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
            for path in sorted(site.rglob("*"), reverse=True):
                member = path.relative_to(site).as_posix()
                if path.is_file() and not any(fnmatch(member, pattern) for pattern in LEFT_OUT):
                    archive.add(path, member)
        partial.rename(packed)
    return packed


def download(requirements: Sequence[str], folder: Path, python: str) -> None:
    """Wheels for the GPU machine's Python, without what they need in turn."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
    target = ["--python-version", python, "--implementation", "cp", *platforms, "--dest", str(folder)]
    subprocess.run([*command, *target, *requirements], check=True)


if __name__ == "__main__":
    sys.exit(main())
