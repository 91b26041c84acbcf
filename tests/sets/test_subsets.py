"""Splits put every row into just one part; matching gives the target's gaze, and says what it cost."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.sets.subsets import match_gaze, split
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes


def paths_of(path: Path) -> list[str]:
    with h5py.File(path) as file:
        return list(file["path"].asstr())


@pytest.mark.parametrize("by", ["row", "hash", "subject"])
def test_every_row_is_in_just_one_part_in_order(tmp_path: Path, by: str):
    source = write_eyes(tmp_path / "a.h5", 150)
    outputs = [tmp_path / f"{by}{i}.h5" for i in range(3)]
    counts = split(source, outputs, [6, 3, 1] if by == "row" else [0.6, 0.3, 0.1], by=by)
    whole, parts = paths_of(source), [paths_of(output) for output in outputs]
    if by == "row":
        assert counts == [6, 3, 1]  # above 1 they are rows
    else:
        assert sorted(name for names in parts for name in names) == sorted(whole)
    for output, names in zip(outputs, parts, strict=True):
        rows = [whole.index(name) for name in names]
        assert rows == sorted(rows)
        with h5py.File(output) as file, h5py.File(source) as given:
            for name in ("image", "look_vec", "head/pose", "iris_2d"):
                np.testing.assert_array_equal(file[name][()], given[name][()][rows])
    if by == "subject":
        people = []
        for output in outputs:
            with h5py.File(output) as file:
                people.append(set(file["subject"][()]))
        assert not people[0] & people[1] | people[1] & people[2] | people[0] & people[2]
        assert sum(map(len, people)) == 15


def test_shares_are_kept_and_seeds_repeat(tmp_path: Path):
    source = write_eyes(tmp_path / "a.h5", 150)
    assert split(source, [tmp_path / "b.h5", tmp_path / "c.h5"], [0.8, 0.2], seed=1) == [120, 30]
    split(source, [tmp_path / "d.h5", tmp_path / "e.h5"], [0.8, 0.2], seed=1)
    split(source, [tmp_path / "f.h5", tmp_path / "g.h5"], [0.8, 0.2], seed=2)
    assert paths_of(tmp_path / "b.h5") == paths_of(tmp_path / "d.h5") != paths_of(tmp_path / "f.h5")


def test_a_split_by_hash_holds_when_the_set_grows(tmp_path: Path):
    small, large = write_eyes(tmp_path / "small.h5", 100), write_eyes(tmp_path / "large.h5", 150)
    with h5py.File(large, "r+") as file, h5py.File(small) as given:
        file["image"][:100] = given["image"][()]
    split(small, [tmp_path / "a.h5", tmp_path / "b.h5"], [0.5, 0.5], by="hash")
    split(large, [tmp_path / "c.h5", tmp_path / "d.h5"], [0.5, 0.5], by="hash")
    assert set(paths_of(tmp_path / "a.h5")) <= set(paths_of(tmp_path / "c.h5"))


@pytest.mark.parametrize(
    ("shares", "by", "message"),
    [
        ([0.5], "row", "one share above 0 for each output"),
        ([0.5, 0], "row", "one share above 0 for each output"),
        ([100, 51], "row", "151 rows are asked for, there are 150"),
        ([0.5, 0.5], "person", "no label 'person'"),
    ],
)
def test_what_cannot_be_split_is_refused(tmp_path: Path, shares: list[float], by: str, message: str):
    source = write_eyes(tmp_path / "a.h5", 150)
    with pytest.raises(InputError, match=message):
        split(source, [tmp_path / "b.h5", tmp_path / "c.h5"], shares, by=by)
    with pytest.raises(InputError, match="must be different files"):
        split(source, [tmp_path / "b.h5", source], [0.5, 0.5], overwrite=True)


def gazing(path: Path, pitchyaw_degrees: np.ndarray, *, known: bool = True) -> Path:
    """Pictures that look where they are told."""
    convention = CONVENTIONS["mpiigaze"]
    label = Label.of(np.float64, (2,), convention.attributes if known else {})
    with EyeWriter(path, image_shape=(4, 4), labels={"gaze": label}) as writer:
        writer.append(np.zeros((len(pitchyaw_degrees), 4, 4), np.uint8), {"gaze": np.deg2rad(pitchyaw_degrees)})
    return path


def test_a_matched_set_has_the_gaze_of_its_target(tmp_path: Path):
    dice = np.random.default_rng(0)
    source = gazing(tmp_path / "wide.h5", dice.uniform(-30, 30, (20_000, 2)))
    wanted = dice.normal(size=(5_000, 2)) * (5, 9) + (-9, 0)
    np.savez(tmp_path / "target.npz", gaze_pitchyaw=np.deg2rad(wanted))
    found = match_gaze(source, tmp_path / "target.npz", tmp_path / "out.h5", seed=3)
    with h5py.File(tmp_path / "out.h5") as file:
        drawn = np.rad2deg(file["gaze"][()])
    assert len(drawn) == found.n_images == 20_000
    np.testing.assert_allclose(drawn.mean(0), wanted.mean(0), atol=0.4)
    np.testing.assert_allclose(drawn.std(0), wanted.std(0), rtol=0.05)
    assert 1_000 < found.effective < 10_000
    assert found.n_outside > 5_000
    assert 0.95 < found.share_covered < 1
    same = match_gaze(source, source, tmp_path / "same.h5", rows=500, force=True)
    assert same.n_images == 500
    assert same.effective == pytest.approx(20_000)
    assert (same.n_outside, same.share_covered) == (0, pytest.approx(1))


def test_gaze_without_convention_and_without_overlap_is_refused(tmp_path: Path):
    unknown = gazing(tmp_path / "unknown.h5", np.zeros((10, 2)), known=False)
    far = gazing(tmp_path / "far.h5", np.full((10, 2), 40.0))
    with pytest.raises(InputError, match="state it with --convention"):
        match_gaze(unknown, far, tmp_path / "out.h5")
    with pytest.raises(InputError, match="no row looks where"):
        match_gaze(unknown, far, tmp_path / "out.h5", convention="mpiigaze")
    (tmp_path / "bad.npz").write_bytes(b"no")
    with pytest.raises(InputError, match=r"bad\.npz: expected an \.npz with gaze_pitchyaw"):
        match_gaze(far, tmp_path / "bad.npz", tmp_path / "out.h5")
    with pytest.raises(InputError, match="--rows must be at least 1, got -1"):
        match_gaze(far, far, tmp_path / "out.h5", rows=-1)
    assert not (tmp_path / "out.h5").exists()


def test_the_commands(tmp_path: Path):
    source = gazing(tmp_path / "a.h5", np.random.default_rng(0).uniform(-9, 9, (200, 2)))
    said = CliRunner().invoke(app, ["split", str(source), "-o", f"{tmp_path}/b.h5=0.75", "-o", f"{tmp_path}/c.h5=0.25"])
    assert said.exit_code == 0, said.output
    assert "150 eyes" in said.stdout
    assert "50 eyes" in said.stdout
    said = CliRunner().invoke(app, ["match", str(source), "--target", f"{tmp_path}/c.h5", "-o", f"{tmp_path}/d.h5"])
    assert said.exit_code == 0, said.output
    assert "effective sample size" in said.stdout
    said = CliRunner().invoke(app, ["split", str(source), "-o", "b.h5"])
    assert (said.exit_code, "--output must be FILE=SHARE" in said.stderr) == (2, True)
