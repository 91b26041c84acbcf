"""Doctor: what it says of CUDA decides the exit code."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from gazeaug import doctor
from gazeaug.runtime.opening import convolution_error
from gazeaug_cli.app import app


def test_a_machine_without_gpu_is_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "list_gpus", list)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert re.search(r"^gazeaug +0\.1\.0$", result.output, re.MULTILINE)
    for part in [
        "torch",
        "CPUExecutionProvider: computes a convolution",
        "GPU: none found",
        "free disk",
    ]:
        assert part in result.output


def test_a_gpu_without_cuda_is_a_problem_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "list_gpus", lambda: ["NVIDIA Test"])
    monkeypatch.setattr(doctor, "why_not_cuda", lambda: "libcudnn.so.9 cannot be loaded")
    monkeypatch.setattr(doctor, "versions", lambda *_: {"onnxruntime-gpu": "1.31.1"})
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "PROBLEM" in result.output
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in result.output


def test_both_runtimes_at_once_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "versions", lambda *_: {"onnxruntime-gpu": "1.31.1", "onnxruntime": "1.31.1"})
    monkeypatch.setattr(doctor, "list_gpus", list)
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in CliRunner().invoke(app, ["doctor"]).output


def test_a_provider_that_is_only_listed_does_not_count() -> None:
    assert convolution_error(doctor.CPU) is None
    assert convolution_error("NoSuchExecutionProvider") is not None
