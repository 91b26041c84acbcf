"""ONNX Runtime is imported in one place only, so that nothing can import it before it has been told to be quiet."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_else_imports_onnx_runtime() -> None:
    sources = [path for folder in ("gazeaug", "exporters", "cli") for path in (ROOT / folder).rglob("*.py")]
    importing = [path.name for path in sources if re.search(r"^\s*(import|from) onnxruntime", path.read_text(), re.M)]
    assert importing == ["quiet.py"]
