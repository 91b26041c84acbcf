"""Stand-ins for CUDA's libraries, with which the real onnxruntime-gpu opens its CUDA provider without a GPU.

Every call answers "fine" and is a line of a log; copies copy, kernels and convolutions compute nothing. What goes where
can be seen: nodes, streams, threads, copies, recorded graphs, errors. Pixels mean nothing, except of a model that only
copies.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

SOURCES = Path(__file__).parent
VERSIONED = ("libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13")
SOURCE_OF: dict[str, str | None] = {
    "libcudart.so.13": "cudart.cpp",
    "libcublas.so.13": None,
    "libcublasLt.so.13": None,
    "libcudnn.so.9": "cudnn.cpp",
    "libcurand.so.10": None,
    "libcuda.so.1": "driver.cpp",
}


def provider() -> Path | None:
    """ONNX Runtime's CUDA provider, where this ONNX Runtime has one."""
    spec = find_spec("onnxruntime")
    found = Path(spec.origin).parent / "capi" / "libonnxruntime_providers_cuda.so" if spec and spec.origin else None
    return found if found and found.exists() else None


def why_not() -> str | None:
    """Why the stand-ins cannot be built here."""
    if not shutil.which("g++") or not shutil.which("nm"):
        return "no C++ compiler"
    return None if provider() else "this ONNX Runtime has no CUDA provider"


def build(folder: Path) -> Path:
    """Compile all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = wanted_functions()
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(_build_one, folder, name, wanted.get(name, set())) for name in SOURCE_OF]:
            done.result()
    return folder


def wanted_functions() -> dict[str, set[str]]:
    """What the provider calls, by library: linked with a version, or, of cuDNN, looked up by name when it is used."""
    found = provider()
    assert found is not None
    listing = subprocess.run(["nm", "-D", "--undefined-only", found], check=True, capture_output=True, text=True).stdout
    wanted = {name: set(re.findall(rf" (\w+)@{re.escape(name)}", listing)) for name in VERSIONED}
    names = re.findall(rb"\0(cudnn[A-Z]\w+)(?=\0)", found.read_bytes())
    return wanted | {"libcudnn.so.9": {name.decode() for name in names}}


def _build_one(folder: Path, library: str, wanted: set[str]) -> None:
    """One library: what its source defines, and functions that do nothing for the rest."""
    source = SOURCE_OF[library]
    text = (SOURCES / source).read_text(encoding="ascii") if source else '#include "log.h"\n'
    there = set(re.findall(r"^EXPORT [^(]*?(\w+)\(", text, re.MULTILINE))
    text += "".join(f"EXPORT int {name}() {{ return 0; }}\n" for name in sorted(wanted - there))
    options = ["-shared", "-fPIC", "-O1", f"-Wl,-soname,{library}", f"-I{SOURCES}", "-x", "c++", "-"]
    if library in VERSIONED:
        (folder / f"{library}.map").write_text(f"{library} {{ global: cu*; __cuda*; local: *; }};\n", encoding="ascii")
        options.insert(0, f"-Wl,--version-script={folder / library}.map")
    subprocess.run(["g++", *options, "-o", str(folder / library)], input=text, text=True, check=True)
