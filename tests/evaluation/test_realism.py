"""Realism: known differences come out in size and order, and what cannot be compared is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.evaluation.realism import REAL_HALVES, Realism, looks_of, measure_realism, spectrum
from gazeaug.evaluation.realism_page import describe_realism
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app

pytestmark = pytest.mark.usefixtures("one_thread")
N, SIZE = 160, (24, 38)


@pytest.fixture(scope="module", autouse=True)
def few_updates() -> Iterator[None]:
    """Enough to tell these sets apart; small sets are seen over and over otherwise."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gazeaug.evaluation.two_sample_test.LEAST_UPDATES", 60)
        yield


def write(path: Path, images: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        file["image"] = images
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Synthetic eyes, camera eyes, and eyes that are half way between them."""
    folder = tmp_path_factory.mktemp("realism")
    synthetic, camera, other = (
        render_eyes(N, domain=domain, seed=seed, size=SIZE).images.astype(float)
        for domain, seed in (("synthetic", 0), ("camera", 0), ("camera", 5))
    )
    between = synthetic * 0.5 + camera.mean() * 0.5
    sets = {"synthetic": synthetic, "between": between, "camera": camera, "other": other}
    return {name: write(folder / f"{name}.h5", images.astype(np.uint8)) for name, images in sets.items()}


@pytest.fixture(scope="module")
def same(files: dict[str, Path]) -> Realism:
    return measure_realism(files["other"], files["camera"], synthetic=files["synthetic"])


def test_eyes_of_the_real_kind_are_a_toss_and_synthetic_ones_are_not(same):
    refined, synthetic = same.likeness["refined"], same.likeness["synthetic"]
    assert refined.told_apart.low < 0.5 < refined.told_apart.high
    assert refined.distance.low < 0 < refined.distance.high
    assert synthetic.told_apart.low > 0.85
    assert synthetic.distance.low > max(refined.distance.high, same.likeness[REAL_HALVES].distance.high)
    assert synthetic.spectrum_decibels > 5 * refined.spectrum_decibels
    assert ": no difference was found" in describe_realism(same)


def test_half_way_is_nearer(files, same):
    between = measure_realism(files["between"], files["camera"]).likeness["refined"]
    assert between.distance.value < same.likeness["synthetic"].distance.value
    assert between.told_apart.low > 0.85


def test_a_lattice_is_seen_beside_what_real_eyes_have_themselves(files, tmp_path, same):
    with h5py.File(files["other"]) as file:
        images = file["image"][:].astype(float)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    images[: N // 2] += 6 * (-1.0) ** (rows + columns)
    woven = measure_realism(write(tmp_path / "woven.h5", np.clip(images, 0, 255).astype(np.uint8)), files["camera"])
    assert woven.likeness["refined"].lattice == pytest.approx(0.5, abs=0.06)
    assert max(same.likeness[name].lattice for name in ("refined", REAL_HALVES)) <= 0.05
    assert "of refined eyes carry a pattern of every second pixel" in describe_realism(woven)
    assert "every second pixel" not in describe_realism(same)


def test_looks_are_what_was_put_in():
    dice = np.random.default_rng(0)
    flat = np.full((100, 35, 55), 128.0)
    ramp = flat + np.linspace(-60, 60, 55)
    for noise in (3.0, 12.0):
        looks = looks_of(np.clip(np.rint(ramp + dice.normal(0, noise, ramp.shape)), 0, 255).astype(np.uint8))
        assert looks.noise.value == pytest.approx(noise, rel=0.05)
        assert looks.noise.low < noise * 1.02
        assert looks.contrast.value == pytest.approx(np.hypot(np.std(ramp[0, 0]), noise), rel=0.03)
        assert looks.sharpness.value == pytest.approx(noise * (8 / 9) ** 0.5, rel=0.05)


def test_a_wave_shows_at_its_frequency_and_white_noise_everywhere():
    x = torch.arange(55) / 55
    wave = (0.1 * torch.sin(2 * torch.pi * 11 * x)).expand(4, 1, 35, 55)  # 0.2 cycles a pixel
    at, power = np.array(spectrum(wave)).T
    assert at[power.argmax()] == pytest.approx(0.2, abs=0.02)
    noise = torch.randn(200, 1, 35, 55, generator=torch.Generator().manual_seed(0)) * 4 / 127.5
    _, level = np.array(spectrum(noise)).T
    np.testing.assert_allclose(level, 10 * np.log10(16), atol=0.6)


@pytest.mark.usefixtures("quick_classifiers")
def test_the_command_writes_a_page_and_repeats_itself(files, tmp_path):
    page = tmp_path / "page.html"
    line = [str(files[name]) for name in ("between", "camera")]
    line = ["realism", *line, "--synthetic", str(files["synthetic"]), "--rows", "80", "-o", str(page), "--json"]
    said = [CliRunner().invoke(app, [*line, *more]) for more in ([], ["--overwrite"])]
    assert said[0].exit_code == 0, said[0].output
    found, again = (json.loads(one.stdout) for one in said)
    assert {**again, "effort": None} == {**found, "effort": None}
    assert list(found["likeness"]) == ["synthetic", "refined", REAL_HALVES]
    assert found["facts"]["pictures"] == {"synthetic": 80, "refined": 80, "real": 80}
    text = page.read_text("utf-8")
    for part in ("Realism of between against camera", "data:image/png;base64,", "stroke: var(--c1)"):
        assert part in text


def test_what_cannot_be_compared_is_refused(files, tmp_path):
    low = write(tmp_path / "low.h5", np.zeros((N, 30, 40), np.uint8))
    with pytest.raises(InputError, match=r"low.h5: pictures are 30 x 40 grey, those of .*camera.h5 24 x 38 grey"):
        measure_realism(low, files["camera"])
    few = write(tmp_path / "few.h5", np.zeros((79, 35, 55), np.uint8))
    with pytest.raises(InputError, match="at least 80 pictures are needed, found 79"):
        measure_realism(few, files["camera"])
    result = CliRunner().invoke(app, ["realism", str(low), str(low), "-o", str(low)])
    assert result.exit_code == 2
    assert "the output is also the input" in result.stderr
