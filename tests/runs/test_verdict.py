"""A run's verdict: what is closed beside ordinary augmentation, what speaks against it, and who repeats it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.equalisation import equalised
from gazeaug.runs.domain_distance import DomainDistance
from gazeaug.runs.folder import CONFIG, METRICS, STATE
from gazeaug.runs.report import write_report
from gazeaug.runs.validation import Validation
from gazeaug.runs.verdict import VERDICT, judge, read_verdict, write_verdict
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")
DOMAINS = {"distance_floor": 0.0, "distance_ceiling": 0.4}
GOOD = {"distance": 0.02, "change": 20.0, "redrawn": 9.0, "contrast": 1.0, "correlation": 0.9, "lattice": 0.01}
GOOD["reached"] = 0.9
GOOD |= {"drift_median": 0.2, "drift_p99": 0.7, "accuracy_seen": 0.6, "accuracy_refined": 0.6}


def test_a_refiner_that_reaches_more_than_augmentation_is_good_by_looks():
    found = judge(DOMAINS, [GOOD], 0.5)
    assert found.closed == pytest.approx(0.95)
    assert found.against == []
    said = "\n".join(found.lines())
    assert "verdict (pictures only, no labels): good" in said
    assert "95% closed" in said
    assert "similar to a refined eye: 90%; to a rendered eye with ordinary augmentation: 50%; gazeaug evaluate" in said
    assert "lattice pattern: in 1.0% of refined eyes" in said
    assert "0.20 pixels (99th percentile 0.70)" in said


@pytest.mark.parametrize("augmented", [0.88, 0.9, 1.0])
def test_one_that_reaches_no_clearly_larger_share_is_called_that(augmented):
    found = judge(DOMAINS, [GOOD], augmented)
    assert found.against == ["ordinary augmentation would probably do as well"]
    assert "augmentation alone would probably do as well" in "\n".join(found.lines())


@pytest.mark.parametrize(
    ("reached", "augmented", "against"),
    [(0.08, 0.0, []), (0.08, 0.07, ["few"]), (0.02, 0.0, ["few"]), (0.02, 0.5, ["few"])],
)
def test_where_few_real_eyes_are_like_a_refined_one_it_does_not_recommend_augmentation(reached, augmented, against):
    found = judge(DOMAINS, [GOOD | {"reached": reached}], augmented)
    assert [words.split()[0] for words in found.against] == against
    assert "differ in framing, lids or head poses" in "\n".join(found.lines())


@pytest.mark.parametrize(
    ("seen", "against"),
    [
        ({"distance": 0.3, "redrawn": 1.0}, {"idle refiner", "little of the distance closed"}),
        ({"distance": 0.3, "accuracy_seen": 0.5, "accuracy_refined": 0.5}, {"discriminator lost"}),
        ({"lattice": 0.1}, {"lattice"}),
        ({"drift_median": 1.5}, {"labels drifting"}),
    ],
)
def test_what_the_diagnosis_finds_speaks_against_it(seen, against):
    found = judge(DOMAINS, [GOOD | seen], 0.5)
    assert against <= set(found.against)
    assert found.lines()[0].startswith("verdict (pictures only, no labels): not good: ")


def test_sets_that_lie_too_near_each_other_get_no_share():
    found = judge({"distance_floor": 0.0, "distance_ceiling": 0.01}, [GOOD | {"distance": 0.005}], 0.5)
    assert found.closed is None
    assert "too similar" in "\n".join(found.lines())


def test_augmentation_reaches_more_than_rendered_eyes_and_less_than_real_ones():
    camera, other, rendered = (
        scaled(to_NCHW(render_eyes(128, domain=domain, seed=seed).images))
        for domain, seed in (("camera", 0), ("camera", 1), ("synthetic", 0))
    )
    distance, validation = DomainDistance(camera), Validation(rendered, camera, other)
    assert distance.reached_by(other) > 0.9
    assert distance.reached_by(rendered) < 0.2
    assert 0.2 < validation.reached_by_augmentation("none") < 0.6
    assert validation.reached_by_augmentation("none") == validation.reached_by_augmentation("none")


def test_augmented_eyes_are_equalised_where_refined_ones_are():
    """Or else they lie beyond eyes whose brightness hardly varies, and reach none of them."""
    camera, rendered = (
        scaled(to_NCHW(render_eyes(128, domain=domain, seed=0).images)) for domain in ("camera", "synthetic")
    )
    validation = Validation(rendered, equalised(camera), camera[:0])
    assert validation.reached_by_augmentation("equalised") > 0.1
    assert validation.reached_by_augmentation("none") < 0.02


def test_pictures_far_from_everything_reach_nothing():
    """Under recall a few of them do for all: each one's neighbours are far, so its reach is wide."""
    camera, rendered = (
        scaled(to_NCHW(render_eyes(128, domain=domain, seed=0).images)) for domain in ("camera", "synthetic")
    )
    distance = DomainDistance(camera)
    noise = torch.rand(16, *rendered.shape[1:], generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert distance.reached_by(noise) == 0.0
    assert distance.reached_by(torch.cat([rendered, noise])) == distance.reached_by(rendered)


def folder_with(path: Path, seen: dict[str, float], *, complete: bool = True) -> Path:
    (path / CONFIG).write_text(json.dumps({"domains": DOMAINS, "config": {}}))
    (path / METRICS).write_text(json.dumps({"step": 10, **GOOD, **seen}) + "\n")
    (path / STATE).write_text(json.dumps({"step": 10, "complete": complete}))
    return path


def test_it_is_kept_in_the_run_and_a_run_without_one_is_judged_by_its_metrics(tmp_path):
    run = folder_with(tmp_path, {})
    assert read_verdict(run).reached_by_augmentation is None
    write_verdict(run, 0.5)
    assert read_verdict(run).reached_by_augmentation == 0.5
    folder_with(tmp_path, {"distance": 0.2}, complete=False)  # resumed: what the folder holds is of an earlier end
    assert read_verdict(run).closed == pytest.approx(0.5)


def test_a_run_that_validated_nothing_has_none(tmp_path):
    assert read_verdict(tmp_path) is None
    run = folder_with(tmp_path, {})
    (run / METRICS).write_text("")
    write_verdict(run, 0.1)
    assert not (run / VERDICT).exists()
    assert read_verdict(run) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_train_says_it_and_export_repeats_a_bad_one(tmp_path):
    for name, seed in (("synthetic", 0), ("real", 1)):
        write_eyes(tmp_path / f"{name}.h5", 40, seed=seed)
    run = tmp_path / "run"
    options = {"steps": 4, "validation_interval": 2, **TINY}
    line = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    files = [f"--{name}={tmp_path / name}.h5" for name in ("synthetic", "real")]
    trained = CliRunner().invoke(app, ["train", *files, *line, f"--run-dir={run}"])
    assert trained.exit_code == 0, trained.output
    verdict = read_verdict(run)
    assert (run / VERDICT).is_file()
    assert verdict.lines()[0] in trained.stdout
    assert "; ".join(verdict.against) in write_report(run).read_text("utf-8")

    for against, repeats in (["idle refiner"], True), ([], False):
        stored = json.loads((run / VERDICT).read_text())
        (run / VERDICT).write_text(json.dumps({**stored, "against": against}))
        exported = CliRunner().invoke(app, ["export", "--onnx", f"--run-dir={run}", "--overwrite"])
        assert exported.exit_code == 0, exported.output
        assert ("verdict (pictures only, no labels): not good: idle refiner" in exported.stdout) == repeats


def test_reading_one_needs_no_torch():
    code = "import sys, gazeaug.runs.verdict; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
