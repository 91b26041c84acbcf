"""SIGTERM, as `docker stop`, Slurm and `timeout` send it, does in every command what Ctrl-C does."""

from __future__ import annotations

import os
import signal
import time
import weakref
from pathlib import Path

import pytest
from PIL import Image

from gazeaug_cli.errors import sigterm_as_ctrl_c
from tests.makers.processes import started
from tests.makers.runs import TINY

PATIENCE_S = 60
KEPT = "the same command resumes. To resume, type: gazeaug "
FLAGS = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in TINY.items())

# What is typed, what is on the disk when the signal comes, and what is said.
COMMANDS = {
    "train": (
        "train --synthetic {eyes} --real {other} --run-dir run --steps 1000 " + FLAGS,
        "run/config.json",
        "a checkpoint is saved. To resume, type: gazeaug train --resume --run-dir run",
    ),
    "evaluate": (
        "evaluate --train {eyes} --test {other} --device cpu --seeds 9 --epochs 1 --min-updates 20 -o out",
        "out/trainings/*.h5",
        KEPT + "evaluate --train",
    ),
    "prepare": ("prepare folder {crops} -o o.h5 --workers 1", "o.h5.parts/unit-*.h5", KEPT + "prepare folder"),
    "convert": ("convert {eyes} --to folder --convention unityeyes -o out", "out.partial/*", "interrupted."),
}


def set_small_units() -> None:
    from gazeaug.preparing import source

    source.UNIT_ITEMS = 10


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    import h5py

    from gazeaug.samples.renderer import render_eyes

    folder = tmp_path_factory.mktemp("inputs")
    crops = folder / "crops"
    crops.mkdir()
    for i in range(2000):
        Image.new("L", (22, 18), i % 256).save(crops / f"{i}.png")
    for name, domain, n in (("eyes", "synthetic", 4000), ("other", "camera", 90)):
        eyes = render_eyes(min(n, 90), domain=domain, seed=0)
        rows = [i % 90 for i in range(n)]
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file["image"], file["look_vec"] = eyes.images[rows], eyes.look_vec[rows]
    return {"crops": crops, "eyes": folder / "eyes.h5", "other": folder / "other.h5"}


@pytest.mark.parametrize("name", COMMANDS)
def test_sigterm_is_a_ctrl_c(name: str, inputs: dict[str, Path], tmp_path: Path) -> None:
    line, at_work, sentence = COMMANDS[name]
    folder, said = tmp_path / "work", tmp_path / "said.txt"
    folder.mkdir()
    process = started(line.format(**inputs).split(), folder=folder, said=said, setting=set_small_units)
    until = time.monotonic() + PATIENCE_S
    while process.is_alive() and not list(folder.glob(at_work)) and time.monotonic() < until:
        time.sleep(0.002)
    assert process.is_alive(), said.read_text()
    assert process.pid is not None
    for _ in range(2):  # `timeout` signals the process and then its group
        os.kill(process.pid, signal.SIGTERM)
    process.join()
    assert process.exitcode == 130, said.read_text()
    assert sentence in said.read_text()
    assert "Traceback" not in said.read_text()
    assert not [path for path in folder.iterdir() if path.name == "o.h5" or ".partial" in path.name]
    assert (folder / "out").exists() == (name == "evaluate")


def test_a_stop_that_python_drops_is_raised_again() -> None:
    held = {1}
    watch = weakref.ref(held, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt), sigterm_as_ctrl_c():
        del held
        until = time.monotonic() + 10
        while time.monotonic() < until:
            time.sleep(0.01)
    assert watch() is None
