"""The recipe of docs/tutorials/unityeyes-to-mpiigaze.md, command by command, on made data in both layouts."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.samples.normalised import render_normalised
from gazeaug_cli.app import app
from tests.makers import sources

pytestmark = pytest.mark.usefixtures("one_thread")
DOCUMENT = Path(__file__).parents[2] / "docs" / "tutorials" / "unityeyes-to-mpiigaze.md"
SHORTER = {
    "train": "--steps 2 --batch-size 4 --features 4 --blocks 1 --camera-steps 2 --discriminator-pretrain-steps 1",
    "evaluate": "--seeds 1 --epochs 1 --min-updates 1",
    "realism": "--rows 80",
    "turing": "--rows 20",
}
N_RENDERS, N_EYES = 40, 30  # rendered anew, and of each side on each person's day


def write_mpiigaze(folder: Path) -> None:
    """Two persons with a day each, and the evaluation subset's lists."""
    lists = folder / "Evaluation Subset" / "sample list for eye image"
    lists.mkdir(parents=True)
    dice = np.random.default_rng(0)
    for number, person in enumerate(("p00", "p01")):
        day = sources.make_day(N_EYES, number)
        for i, (side, fields) in enumerate(day.items()):
            angles = np.deg2rad(dice.uniform((-20, -20), (10, 20), (N_EYES, 2)))
            eyes = render_normalised(angles, np.zeros((N_EYES, 2)), seed=10 * number + i)
            fields["image"] = eyes.images if side == "left" else eyes.images[:, :, ::-1]
            vectors = pitchyaw_to_look_vec(angles) * (1, -1, 1)  # of look_vec's frame to OpenCV's
            fields["gaze"] = vectors if side == "left" else vectors * (-1, 1, 1)
        sources.write_format_5(folder / "Data" / "Normalized" / person / "day01.mat", day)
        (lists / f"{person}.txt").write_text("".join(f"day01/{i:04d}.jpg left\n" for i in range(1, N_EYES + 1)))


@pytest.mark.usefixtures("quick_classifiers")
def test_every_command_of_the_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    renders = sources.write_unityeyes(Path("UnityEyes_Windows/imgs"), N_RENDERS)
    for number in range(1, N_RENDERS + 1):  # as many again, under other numbers
        for ending in ("jpg", "json"):
            shutil.copy(renders / f"{number}.{ending}", renders / f"{number + N_RENDERS}.{ending}")
    write_mpiigaze(Path("MPIIGaze"))
    lines = re.findall(r"^gazeaug (.*)$", DOCUMENT.read_text("utf-8"), re.M)
    assert len(lines) == 13
    for line in lines:
        more = SHORTER.get(line.split()[0], "")
        result = CliRunner().invoke(app, shlex.split(f"{line} {more}"))
        assert result.exit_code == 0, (line, result.output)
    found = json.loads(Path("evaluation/results.json").read_text("utf-8"))
    names = [score["name"] for score in found["scores"]]
    assert names == ["matched.h5", "matched.refined.h5", "test set, other subjects"]
    assert sorted(found["scores"][0]["by_group"]) == ["p00", "p01"]
