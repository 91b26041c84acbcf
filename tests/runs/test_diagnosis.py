"""Each diagnosis is provoked by a setting or a pair of sets that causes it, and a healthy pair provokes none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.runs.diagnosis import describe, diagnose, diagnose_domains, diagnose_training
from gazeaug.runs.folder import METRICS, read_lines
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.state import TrainingState, build_state
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


def write(path: Path, images: np.ndarray) -> str:
    with EyeWriter(path, image_shape=images.shape[1:]) as writer:
        writer.append(images, {})
    return str(path)


@pytest.fixture(scope="module")
def rendered() -> np.ndarray:
    return render_eyes(600, domain="synthetic", seed=0).images


@pytest.fixture(scope="module")
def camera() -> np.ndarray:
    return render_eyes(600, domain="camera", seed=0).images


@pytest.fixture(scope="module")
def small() -> dict[str, np.ndarray]:
    """Smaller eyes of both domains, for discriminators that have to learn."""
    return {domain: render_eyes(256, domain=domain, seed=0, size=(24, 38)).images for domain in ("synthetic", "camera")}


@pytest.fixture
def pair(tmp_path: Path, rendered: np.ndarray, camera: np.ndarray) -> dict[str, str]:
    return {
        "synthetic": write(tmp_path / "unityeyes.h5", rendered),
        "real": write(tmp_path / "real.h5", camera),
    }


ONE_STAGE = {"camera": False, "appearance": 0.0, "fold": 1, "standardise": False}
ONE_STAGE |= {"discriminator_rate": 1.0, "shrink": 1}


def names_of(run: Path) -> set[str]:
    return {finding.name for finding in diagnose(run)}


def run_with(pair: dict[str, str], folder: Path, **options: object) -> Path:
    return train(**pair, **{**TINY, "batch_size": 16, "validation_interval": 10, **options}, run_dir=folder / "run")


def state_of(folder: Path, **options: Any) -> TrainingState:
    return build_state(plan_training(run_dir=folder / "run", **{**TINY, **options}))


def test_sets_that_suit_each_other_provoke_nothing(tmp_path, camera):
    sets = [write(tmp_path / f"{i}.h5", images) for i, images in enumerate((camera, camera[::-1]))]
    state = state_of(tmp_path, synthetic=sets[0], real=sets[1])
    assert list(diagnose_domains(state.domains())) == []


def test_a_refiner_that_may_not_change_anything_is_idle(tmp_path, pair):
    run = run_with(pair, tmp_path, steps=20, lambda_=1000.0, camera_steps=0, appearance=0.0)
    assert read_lines(run / METRICS)[-1]["change"] > 1  # by the camera
    assert "idle refiner" in names_of(run)


def test_the_published_recipe_is_called_idle_while_it_copies_its_input():
    # Step 1,000 of `seed` on the sample data; it ran for an hour and a quarter.
    validated = {"distance": 0.409, "change": 2.62, "redrawn": 2.62, "contrast": 1.24, "correlation": 0.99}
    validated |= {"drift_median": 0.02, "drift_p99": 0.1, "accuracy_seen": 0.98, "accuracy_refined": 0.3}
    (finding,) = diagnose_training({"distance_floor": -0.001, "distance_ceiling": 0.422}, [validated])
    assert finding.name == "idle refiner"
    assert "97% of the distance" in finding.text


# With these a discriminator is right on 0.93 and more of what it has learnt, by any seed.
LEARNING = {"discriminator_pretrain_steps": 150, "discriminator_width": 0.5, "learning_rate": 2e-3, "lambda_": 1000.0}


def test_a_discriminator_far_ahead_has_won(tmp_path, small):
    pair = {
        "synthetic": write(tmp_path / "s.h5", small["synthetic"]),
        "real": write(tmp_path / "r.h5", small["camera"]),
    }
    run = run_with(pair, tmp_path, steps=4, **LEARNING, **ONE_STAGE)
    assert "discriminator won" in names_of(run)


def test_a_discriminator_that_cannot_learn_has_lost(tmp_path, pair):
    options = {"optimizer": "sgd", "learning_rate": 1e-9, "discriminator_pretrain_steps": 0}
    assert "discriminator lost" in names_of(run_with(pair, tmp_path, steps=10, **options))


def test_equal_greys_are_a_collapse(tmp_path, rendered, camera):
    grey = (camera.astype(float) * 0.1 + 120).astype(np.uint8)
    flat = {"synthetic": write(tmp_path / "s.h5", grey), "real": write(tmp_path / "r.h5", rendered)}
    run = run_with(flat, tmp_path, steps=10, **ONE_STAGE)
    assert {"collapsed contrast", "different contrast"} <= names_of(run)


def validated(
    pair: dict[str, str], tmp_path: Path, *, places: int = 0, sign: float = 1.0
) -> tuple[TrainingState, dict]:
    """A state whose refiner gives its input, from `places` pixels to the left and times `sign`, and its validation."""
    options = {
        **ONE_STAGE,
        "fold": 2,
        "features": 8,
        "residual": False,
        "noise": False,
        "styles": 0,
        "ema": 0.0,
    }
    state = state_of(tmp_path, **pair, **options)
    refiner = state.refiner
    with torch.no_grad():
        for weights in refiner.parameters():
            weights.zero_()
        for channel in range(4):  # of a square of 2 x 2 pixels: its positive part, and its negative one
            for feature, part in ((channel, 1.0), (channel + 4, -1.0)):
                refiner.first.weight[feature, channel, 1, 1 - places // 2] = part
                refiner.last.weight[channel, feature] = sign * part
    return state, state.validate()


# What a training without self-regularisation learns is chance, and the patches that the discriminator judges look alike
# wherever the eye stands: so the weights themselves are set.
@pytest.mark.parametrize(("sign", "inverts"), [(1.0, False), (-1.0, True)])
def test_a_refiner_that_gives_the_negative_inverts_the_polarity(tmp_path, pair, sign, inverts):
    state, found = validated(pair, tmp_path, sign=sign)
    assert abs(found["correlation"] - sign) < 0.05
    assert ("inverted polarity" in {finding.name for finding in diagnose_training(state.domains(), [found])}) == inverts


@pytest.mark.parametrize(("places", "drifts"), [(0, False), (2, True)])
def test_a_refiner_that_moves_the_eye_makes_labels_drift(tmp_path, pair, places, drifts):
    state, found = validated(pair, tmp_path, places=places)
    assert found["drift_median"] == pytest.approx(places, abs=0.3)
    assert ("labels drifting" in {finding.name for finding in diagnose_training(state.domains(), [found])}) == drifts


def test_a_small_real_set_is_named(tmp_path, rendered, camera):
    pair = {"synthetic": write(tmp_path / "s.h5", rendered), "real": write(tmp_path / "r.h5", camera[:100])}
    assert "few real eyes" in names_of(run_with(pair, tmp_path, steps=2))


def test_a_discriminator_that_learns_a_small_set_by_heart_is_named(tmp_path, small):
    # Real and rendered eyes are of one kind, so all that it can learn of 16 of them is their names.
    eyes = small["synthetic"]
    pair = {"synthetic": write(tmp_path / "s.h5", eyes), "real": write(tmp_path / "r.h5", eyes[:20])}
    run = run_with(pair, tmp_path, steps=4, **LEARNING, **ONE_STAGE)  # a camera would make one kind of them into two
    assert "real eyes learnt by heart" in names_of(run)


def test_a_darker_real_set_is_named(tmp_path, rendered):
    sets = [write(tmp_path / f"{i}.h5", images) for i, images in enumerate((rendered, (rendered * 0.6).astype("u1")))]
    state = state_of(tmp_path, synthetic=sets[0], real=sets[1])
    assert "different brightness" in {finding.name for finding in diagnose_domains(state.domains())}


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a training run"):
        diagnose(tmp_path)


def write_with_lids(path: Path, images: np.ndarray, width: float) -> str:
    """Eyes whose corners stand so far apart, in pixels."""
    lids = np.zeros((len(images), 16, 2), np.float32)
    lids[:, 8, 0] = width
    label = {"interior_margin_2d": Label.of(np.float32, (16, 2))}
    with EyeWriter(path, image_shape=images.shape[1:], labels=label) as writer:
        writer.append(images, {"interior_margin_2d": lids})
    return str(path)


@pytest.mark.parametrize(("real_width", "names"), [(37.0, {"different scale"}), (43.0, set()), (None, set())])
def test_eyes_of_another_size_are_named(tmp_path, camera, real_width, names):
    synthetic = write_with_lids(tmp_path / "a.h5", camera, 44.0)
    real = tmp_path / "b.h5"
    real = write(real, camera) if real_width is None else write_with_lids(real, camera, real_width)
    domains = state_of(tmp_path, synthetic=synthetic, real=real).domains()
    assert {finding.name for finding in diagnose_domains(domains)} == names
    said = "\n".join(describe(domains))
    assert "eyes 80% of the width" in said
    assert ("scale not known" in said) == (real_width is None)
