"""ONNX Runtime imported so that it calls nobody: everything here takes `onnxruntime` from this module.

Its import alone would store a device id and an event database under ~/.cache; `disable_telemetry_events` comes too late
for that, so the variable ORT_DISABLE_TELEMETRY is set first (what the user has set is left as it is). Its log is turned
down to what ends the process: all else is raised too, and said once.
"""

import importlib
import os
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

onnxruntime.disable_telemetry_events()
onnxruntime.set_default_logger_severity(4)

__all__ = ["load_tool", "onnxruntime"]


def load_tool(name: str) -> Any:
    """A part of ONNX Runtime that is not loaded with it: "quantization", "transformers.float16"."""
    return importlib.import_module(f"onnxruntime.{name}")
