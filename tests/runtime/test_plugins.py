"""Plug-in providers: taken where they are, refused in one sentence where they are not."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.runtime import plugins as plugin_providers
from gazeaug.runtime.opening import CPU
from gazeaug.runtime.session import RefinerSession


def install(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[str, str]]:
    """A package that offers the provider `name`, and what it registers."""
    registered: list[tuple[str, str]] = []
    package = SimpleNamespace(get_ep_name=lambda: name, get_library_path=lambda: "/lib/plugin.so")
    monkeypatch.setitem(sys.modules, "onnxruntime_ep_openvino", package)
    monkeypatch.setattr(
        plugin_providers.onnxruntime, "register_execution_provider_library", lambda *given: registered.append(given)
    )
    return registered


@pytest.mark.parametrize("device", plugin_providers.PLUGINS)
def test_a_package_that_is_missing_is_named(model_path: Path, monkeypatch: pytest.MonkeyPatch, device: str):
    monkeypatch.setitem(sys.modules, plugin_providers.PLUGINS[device][0], None)
    with pytest.raises(InputError, match=f"--device {device} needs a package: pip install onnxruntime-ep-"):
        RefinerSession(model_path, device=device)


def test_a_provider_without_hardware_is_never_left_for_the_cpu(model_path: Path, monkeypatch: pytest.MonkeyPatch):
    registered = install(monkeypatch, "OpenVINOExecutionProvider")
    with pytest.raises(InputError, match="onnxruntime-ep-openvino finds nothing on this machine"):
        RefinerSession(model_path, device="openvino")
    assert registered == [("OpenVINOExecutionProvider", "/lib/plugin.so")]


def test_a_provider_that_is_there_runs_the_model(model_path: Path, monkeypatch: pytest.MonkeyPatch):
    """ONNX Runtime lists its own CPU provider among the devices: it stands in for the plug-in's."""
    install(monkeypatch, CPU)
    session = RefinerSession(model_path, device="openvino")
    assert session.provider == CPU
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 18), dtype=np.uint8)
    np.testing.assert_array_equal(session.refine(images), 255 - images)
