"""The demo does the whole job and ends in a table with ordinary augmentation beside refining."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gazeaug.demo import CEILING, REFINED, run_demo
from gazeaug.errors import InputError
from tests.makers import models

pytestmark = pytest.mark.usefixtures("one_thread")
QUICK = {"steps": 2, "camera_steps": 1, "batch_size": 4, "features": 4, "blocks": 1, "discriminator_pretrain_steps": 1}
QUICK["gaze_guard"] = 0.0


def export(run: Path) -> Path:
    """A model in the refiner's place: what the exporter makes is tested elsewhere."""
    return models.inverting(run / "refiner.onnx", 35, 55)


def test_the_whole_job_ends_in_a_table(tmp_path):
    said: list[str] = []
    report = run_demo(tmp_path, export, rows=64, say=said.append, **QUICK)
    assert [line[:3] for line in said] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    names = [score.name for score in report.scores]
    assert names == ["synthetic eyes", "the same, with ordinary augmentation", REFINED, CEILING]
    means = {score.name: score.mean for score in report.scores}
    assert all(0 < mean.low < mean.value < mean.high < 90 for mean in means.values())
    assert len({mean.value for mean in means.values()}) == 4  # four sets, none taken for another
    text = str(report)
    for part in [*names, means[REFINED].text(), "of the gap", "intervals of 95 %"]:
        assert part in text
    with Image.open(report.sheet) as picture:
        assert picture.format == "PNG"


def test_too_few_eyes_are_refused(tmp_path):
    with pytest.raises(InputError, match="--rows must be at least 8, got 7"):
        run_demo(tmp_path, export, rows=7)
