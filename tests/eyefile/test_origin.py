"""What a file is by its own account: known through every command that makes one of another, and never guessed."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.drift.survey import measure_drift
from gazeaug.errors import InputError
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.trials import doubts_of
from gazeaug.eyefile.origin import (
    REAL,
    REFINED,
    RENDERED,
    Doubt,
    Origin,
    not_a_twin,
    settle,
    settle_aloud,
    swapped_pair,
)
from gazeaug.refining.work import refine
from gazeaug.samples.sets import make_sample_data
from gazeaug.sets.mixing import mix
from gazeaug.sets.subsets import split
from gazeaug.sources.hdf5 import copy_eyes
from tests.makers import models
from tests.makers.eye_files import write_eyes


def saying(path: Path, source: str | None = None, *, gaze: bool = True, seed: int = 0) -> Path:
    write_eyes(path, 24, seed=seed)
    with h5py.File(path, "r+") as file:
        del file.attrs["source"]
        if source is not None:
            file.attrs["provenance"] = json.dumps({"source": source, "seed": seed})
        if not gaze:
            del file["look_vec"]
    return path


def kind(path: Path) -> str | None:
    return Origin.at(path).kind


@pytest.fixture
def refined(tmp_path: Path) -> Path:
    rendered = saying(tmp_path / "unityeyes.h5", "UnityEyes")
    return refine(rendered, model=models.inverting(tmp_path / "refiner.onnx")).output


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("UnityEyes", RENDERED),
        ("UnityEyes2", RENDERED),
        ("SynthesEyes", RENDERED),
        ("MPIIGaze Normalized", REAL),
        ("photographs", REAL),
        ("MPIIGaze.h5", None),
        ("folder of pictures", None),
        (None, None),
    ],
)
def test_sources_of_one_kind_prove_it(tmp_path: Path, source: str | None, expected: str | None) -> None:
    assert kind(saying(tmp_path / "eyes.h5", source)) == expected


@pytest.mark.parametrize("layout", ["gazeaug", "kaggle"])
def test_sample_data_say_their_domain(tmp_path: Path, layout: str) -> None:
    found = [kind(path) for path in make_sample_data(tmp_path, rows=8, layout=layout)]
    assert found == [RENDERED, REAL, REAL]


def test_it_is_known_of_what_was_made_of_a_file(tmp_path: Path, refined: Path) -> None:
    real = saying(tmp_path / "real.h5", "MPIIGaze Normalized", seed=1)
    split(refined, [tmp_path / "part.h5"], [0.5])
    copy_eyes(tmp_path / "part.h5", tmp_path / "copied.h5", size=(16, 18))
    mix([tmp_path / "copied.h5", real], tmp_path / "mixed.h5", labels=["look_vec"])
    assert [kind(tmp_path / name) for name in ("part.h5", "copied.h5", "mixed.h5")] == [REFINED, REFINED, None]
    assert Origin.at(tmp_path / "mixed.h5").kinds == {REFINED, REAL}
    for name in ("part.h5", "copied.h5", "mixed.h5"):
        with pytest.raises(InputError, match=rf"{name}: (was|holds eyes that were) refined"):
            refine(tmp_path / name, model=tmp_path / "refiner.onnx")
    refine(tmp_path / "mixed.h5", model=tmp_path / "refiner.onnx", force=True)


def test_only_a_missing_gaze_is_a_hint_and_no_proof(tmp_path: Path) -> None:
    without, holding = saying(tmp_path / "a.h5", gaze=False), saying(tmp_path / "b.h5", seed=1)
    (doubt,) = swapped_pair(Origin.at(without), Origin.at(holding))
    assert not doubt.is_proven
    (said,) = settle([doubt], force=False)
    assert said.startswith(f"{without}: is given as rendered eyes and has no gaze, while {holding} has")
    assert not swapped_pair(Origin.at(holding), Origin.at(without))
    assert not swapped_pair(Origin.at(holding), Origin.at(holding.rename(tmp_path / "c.h5")))


def test_what_is_proven_needs_consent_and_is_then_said(caplog: pytest.LogCaptureFixture) -> None:
    doubts = [Doubt("a hint", is_proven=False), Doubt("a proof")]
    with pytest.raises(InputError, match=r"^a proof; give other files, or --force to go on all the same\.$"):
        settle(doubts, force=False)
    with caplog.at_level(logging.WARNING):
        settle_aloud(doubts, force=True)
    assert caplog.messages == ["warning: a hint", "warning: a proof"]


def test_a_pair_is_one_under_any_name_and_no_other_is(tmp_path: Path, refined: Path) -> None:
    rendered = tmp_path / "unityeyes.h5"
    again = refine(rendered, model=tmp_path / "refiner.onnx", output=tmp_path / "again.h5").output
    renamed, other = rendered.rename(tmp_path / "x.h5"), saying(tmp_path / "other.h5", "UnityEyes", seed=3)
    before = Origin.at(renamed)
    assert not not_a_twin(before, Origin.at(refined.rename(tmp_path / "y.h5")))
    assert "was refined of unityeyes.h5, which is not" in not_a_twin(Origin.at(other), Origin.at(again))[0].text
    assert "seem to be swapped" in not_a_twin(Origin.at(again), before)[0].text
    assert not_a_twin(Origin.at(tmp_path / "y.h5"), Origin.at(again))
    twice = refine(again, model=tmp_path / "refiner.onnx", output=tmp_path / "twice.h5", force=True).output
    assert not not_a_twin(Origin.at(again), Origin.at(twice))


def test_a_twin_of_another_tool_is_known_by_its_labels(tmp_path: Path) -> None:
    one = saying(tmp_path / "one.h5")
    with h5py.File(one) as given, h5py.File(tmp_path / "twin.h5", "w") as made:
        made["image"], made["look_vec"] = given["image"][()], given["look_vec"][()].astype("f8")
    measure_drift(one, tmp_path / "twin.h5")
    with h5py.File(tmp_path / "twin.h5", "r+") as made:
        made["look_vec"][5] = np.array([0, 0, 1, 0])
    with pytest.raises(InputError, match=r"twin.h5: row 5 of 'look_vec' is not that of .*one.h5"):
        measure_drift(one, tmp_path / "twin.h5")


def test_a_refined_set_without_its_input_beside_it_is_a_hint(tmp_path: Path, refined: Path) -> None:
    rendered, other = tmp_path / "unityeyes.h5", saying(tmp_path / "other.h5", "UnityEyes", seed=3)
    real = saying(tmp_path / "real.h5", "MPIIGaze Normalized", seed=1)
    (doubt,) = doubts_of(EvaluateConfig(train=[str(other), str(refined)], test=str(real)))
    assert (doubt.is_proven, "was refined of unityeyes.h5, which is not compared with it" in doubt.text) == (
        False,
        True,
    )
    assert not doubts_of(EvaluateConfig(train=[str(rendered), str(refined)], test=str(real)))
    assert not doubts_of(EvaluateConfig(train=[str(refined)], test=str(real)))
