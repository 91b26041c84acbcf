"""The command line as a whole: what it imports, what it lists, and that the README tells the truth about it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app

COMMANDS = ["train", "export", "refine-dataset", "prepare", "sample-data", "inspect", "convert", "demo", "doctor"]
COMMANDS += ["evaluate", "drift", "realism", "turing"]


def imported_by(program: str, cwd: Path) -> set[str]:
    """Names of the modules that a fresh interpreter holds after running a program."""
    tail = "\nimport sys\nprint('MODULES', *sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", program + tail], capture_output=True, text=True, cwd=cwd, check=True)
    return set(result.stderr.split("MODULES")[1].split())


RUN = """
from gazeaug_cli.app import app
try:
    app({arguments!r})
except SystemExit as end:
    assert end.code in (0, None), end.code
"""


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_answers_without_heavy_imports(arguments: list[str], tmp_path: Path) -> None:
    modules = imported_by(RUN.format(arguments=arguments), tmp_path)
    assert not modules & {"torch", "onnxruntime", "onnx", "h5py", "numpy", "matplotlib", "jinja2"}


def test_refining_never_imports_torch(eyes_path: Path, model_path: Path, tmp_path: Path) -> None:
    modules = imported_by(RUN.format(arguments=["refine-dataset", str(eyes_path), "-m", str(model_path)]), tmp_path)
    assert "onnxruntime" in modules
    assert not modules & {"torch", "onnx", "onnxscript", "matplotlib", "jinja2"}
    assert eyes_path.with_name("unityeyes.refined.h5").exists()


def test_training_draws_no_charts(eyes_path: Path, tmp_path: Path) -> None:
    arguments = [
        *("train", "--synthetic", str(eyes_path), "--real", str(eyes_path), "--run-dir", str(tmp_path / "run"))
    ]
    arguments += [*("--force", "--steps", "1", "--features", "2", "--blocks", "1", "--discriminator-width", "0.1")]
    modules = imported_by(RUN.format(arguments=[*arguments, "--camera-steps", "1"]), tmp_path)
    assert "torch" in modules
    assert "matplotlib" not in modules


def test_help_lists_every_command_and_every_option_has_a_text() -> None:
    listing = CliRunner().invoke(app, ["--help"]).output
    for command in COMMANDS:
        assert command in listing
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_refine_dataset_tells_what_it_does(eyes_path: Path, model_path: Path, tmp_path: Path) -> None:
    output = tmp_path / "o.h5"
    arguments = ["refine-dataset", str(eyes_path), "--labels", "look_vec", "-m", str(model_path), "-o", str(output)]
    said = CliRunner().invoke(app, arguments).output
    for part in ["CPUExecutionProvider", str(model_path), "150 rows", "look_vec", "150 images refined", str(output)]:
        assert part in said


def test_no_home_no_cache_nothing_calls_home(eyes_path: Path, model_path: Path, tmp_path: Path) -> None:
    """A fresh HOME stays empty: no telemetry identity, no cache of ours or of ONNX Runtime's."""
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(eyes_path), "-m", str(model_path)]
    subprocess.run(command, env={"HOME": str(home), "PATH": ""}, check=True, capture_output=True)
    assert list(home.rglob("*")) == []
