"""Execution providers that come as packages of their own: OpenVINO, and TensorRT for RTX.

Source: ONNX Runtime's documentation of plug-in execution providers; both packages offer `get_library_path` and
`get_ep_name`.
"""

from __future__ import annotations

import importlib
from typing import Any

from gazeaug.errors import InputError
from gazeaug.runtime.quiet import onnxruntime

PLUGINS = {
    "openvino": ("onnxruntime_ep_openvino", "onnxruntime-ep-openvino"),
    "tensorrt-rtx": ("onnxruntime_ep_nv_tensorrt_rtx", "onnxruntime-ep-nv-tensorrt-rtx-cu13"),
}


def add_plugin(options: onnxruntime.SessionOptions, device: str) -> str:
    """Make a session run on a plug-in provider; the provider's name.

    Raises:
        InputError: the package is not installed, or finds nothing on this machine that it can use.
    """
    module, package = PLUGINS[device]
    try:
        plugin: Any = importlib.import_module(module)
    except ImportError:
        raise InputError(f"--device {device} needs a package: pip install {package}.") from None
    name: str = plugin.get_ep_name()
    if not devices_of(name):
        try:
            onnxruntime.register_execution_provider_library(name, plugin.get_library_path())
        except (onnxruntime.capi.onnxruntime_pybind11_state.Fail, OSError) as error:
            raise InputError(f"--device {device}: {package} does not load ({error}); use --device cpu.") from error
    found = devices_of(name)
    if not found:
        raise InputError(f"--device {device}: {package} finds nothing on this machine to run on; use --device cpu.")
    options.add_provider_for_devices(found[:1], {})
    return name


def devices_of(provider: str) -> list[Any]:
    """What a registered provider can run on."""
    return [device for device in onnxruntime.get_ep_devices() if device.ep_name == provider]
