"""Provenance: what is kept of a command, and how it is told to a reader."""

from __future__ import annotations

from typing import Any

import pytest

from gazeaug import provenance

PREPARED: dict[str, Any] = {
    "command": "gazeaug prepare unityeyes imgs -o unityeyes.h5",
    "versions": {"python": "3.11.7", "gazeaug": "0.1.0", "numpy": "2.4.6"},
}
REFINED: dict[str, Any] = {
    "command": "gazeaug refine-dataset unityeyes.h5",
    "versions": {"python": "3.11.7", "gazeaug": "0.1.0", "onnxruntime-gpu": "1.31.1"},
    "computed_by": {"onnxruntime": "1.31.1"},
    "model": "refiner.onnx",
    "model_sha256": "3860b9f843ec" + 52 * "0",
    "provider": "CPUExecutionProvider",
    "precision": "fp32",
    "input_provenance": PREPARED,
}


def test_in_words_it_is_a_few_lines() -> None:
    assert provenance.in_words(REFINED) == [
        "gazeaug refine-dataset unityeyes.h5",
        "python 3.11.7, gazeaug 0.1.0, onnxruntime 1.31.1",
        "model refiner.onnx, SHA-256 3860b9f843ec..., CPUExecutionProvider, fp32",
        "input: gazeaug prepare unityeyes imgs -o unityeyes.h5",
    ]
    assert (
        provenance.in_words({**REFINED, "input_provenance": [PREPARED, PREPARED]})[3:]
        == ["input: gazeaug prepare unityeyes imgs -o unityeyes.h5"] * 2
    )


@pytest.mark.parametrize("found", [{}, {"versions": "1.0"}, {"input_provenance": None}, {"input_provenance": ["?"]}])
def test_what_another_tool_wrote_is_no_trouble(found: dict[str, Any]) -> None:
    assert provenance.in_words(found) == []


@pytest.mark.parametrize(
    ("program", "kept"),
    [
        ("/usr/bin/gazeaug", "gazeaug"),
        ("/lib/gazeaug/__main__.py", "gazeaug"),
        ("/lib/gazeaug_cli/__main__.py", "gazeaug"),
        ("/lib/another/__main__.py", "python -m another"),
    ],
)
def test_the_command_is_kept_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, program: str, kept: str) -> None:
    monkeypatch.setattr("sys.argv", [program, "inspect", "two words.h5"])
    assert provenance.make()["command"] == f"{kept} inspect 'two words.h5'"
