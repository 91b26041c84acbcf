"""FAZE's HDF5 as faze_preprocess writes it, into an eye file and back; damaged and odd ones refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import CONVENTIONS, convention_of
from gazeaug.sources.faze import REST, prepare_faze
from gazeaug_cli.app import app
from tests.makers.sources import write_faze

ANGLES = CONVENTIONS["mpiigaze"].attributes


def contents(path: Path) -> dict[str, Any]:
    """Every person's datasets: type, shape, bytes."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        for person, group in file.items():
            for name, dataset in group.items():
                found[f"{person}/{name}"] = (dataset.dtype, dataset.shape, dataset[()].tobytes())
    return found


def test_persons_come_in_natural_order_with_gaze_and_head_pose(tmp_path):
    given = write_faze(tmp_path / "GazeCapture.h5", {"p10": 3, "p9": 2, "00002": 4})
    report = prepare_faze(given, tmp_path / "eyes.h5")
    assert report.n_images == 9
    with h5py.File(given) as file, h5py.File(tmp_path / "eyes.h5") as eyes:
        labels = np.concatenate([file[f"{name}/labels"][()] for name in ("00002", "p9", "p10")])
        pixels = np.concatenate([file[f"{name}/pixels"][()] for name in ("00002", "p9", "p10")])
        assert eyes["subject"].asstr()[()].tolist() == ["00002"] * 4 + ["p9"] * 2 + ["p10"] * 3
        assert sorted(eyes) == ["gaze", "head_pose", "image", "subject"]
        assert eyes["image"][()].tobytes() == pixels.tobytes(), "RGB, as faze_preprocess turns OpenCV's BGR to"
        for name, columns in [("gaze", labels[:, :2]), ("head_pose", labels[:, 2:])]:
            assert eyes[name].dtype == np.float32
            assert eyes[name][()].tobytes() == columns.tobytes()
            assert convention_of(eyes[name].attrs, name).name == "mpiigaze"
        assert eyes.attrs["source"] == "FAZE HDF5"


def test_the_formula_of_its_script_is_this_convention():
    """faze_preprocess: the angles of minus the vector to the target, asin of y and atan2 of x and z."""
    to_target = np.array([[0.2, -0.3, -0.9], [-0.4, 0.1, -0.8]])
    to_target /= np.linalg.norm(to_target, axis=1, keepdims=True)
    x, y, z = -to_target.T
    theirs = np.stack([np.arcsin(y), np.arctan2(x, z)], axis=1)
    ours = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(to_target))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("n_columns", [4, 8, 5])
def test_there_and_back_bit_for_bit(tmp_path, n_columns):
    """FAZE -> eye file -> FAZE, with ST-ED's four further columns too."""
    given = write_faze(tmp_path / "given.h5", {"00002": 40, "00010": 1100, "p9": 1}, n_columns=n_columns)
    prepare_faze(given, tmp_path / "eyes.h5")
    report = convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="faze")
    assert report.left_out == ()
    assert contents(tmp_path / "again.h5") == contents(given)
    with h5py.File(tmp_path / "eyes.h5") as file:
        assert (REST in file) == (n_columns > 4)
        if n_columns == 8:
            assert file[REST].attrs["units"] == "radians"


def test_what_else_has_a_row_for_each_picture_is_carried(tmp_path):
    given = write_faze(tmp_path / "f.h5", {"a": 3, "b": 2})
    with h5py.File(given, "r+") as file:
        for name in ("a", "b"):
            n = len(file[f"{name}/labels"])
            file[f"{name}/frame"] = np.arange(n, dtype=">i2")
            file[f"{name}/name"] = [f"{name}{i}.jpg" for i in range(n)]
            file[f"{name}/gaze"] = np.zeros((n, 3))  # the name is taken
            file[f"{name}/camera"] = np.zeros((9, 9))
        file["a/only"] = np.zeros(3)
    report = prepare_faze(given, tmp_path / "e.h5")
    (said,) = report.notes
    assert said.startswith("left out, as not every person has them with a row for each picture, of one type: ")
    assert "'camera', 'gaze', 'only'" in said
    with h5py.File(tmp_path / "e.h5") as file:
        assert sorted(file) == ["frame", "gaze", "head_pose", "image", "name", "subject"]
        assert file["frame"].dtype == ">i2"
        assert file["frame"][()].tolist() == [0, 1, 2, 0, 1]
        assert file["name"].asstr()[()].tolist() == ["a0.jpg", "a1.jpg", "a2.jpg", "b0.jpg", "b1.jpg"]


def test_persons_without_rows_are_told_of(tmp_path):
    given = write_faze(tmp_path / "f.h5", {"a": 3, "b": 0, "c": 2})
    report = prepare_faze(given, tmp_path / "e.h5")
    assert (report.n_images, list(report.notes)) == (5, ["without rows, and so not here: 'b'"])
    with pytest.raises(InputError, match="expected pictures of people, found none"):
        prepare_faze(write_faze(tmp_path / "g.h5", {"a": 0}), tmp_path / "o.h5")


def test_numbers_of_other_types_keep_their_values(tmp_path):
    given = write_faze(tmp_path / "f.h5", {"a": 3, "b": 2})
    with h5py.File(given, "r+") as file:
        wide = file["b/labels"][()].astype("f8") + 1e-12
        del file["b/labels"]
        file["b/labels"] = wide
    prepare_faze(given, tmp_path / "e.h5")
    with h5py.File(tmp_path / "e.h5") as file:
        assert file["gaze"].dtype == np.float64
        np.testing.assert_array_equal(file["gaze"][3:], wide[:, :2])


def test_pictures_are_resized_and_made_grey(tmp_path):
    given = write_faze(tmp_path / "f.h5", {"a": 3, "b": 2})
    assert (
        CliRunner()
        .invoke(app, ["prepare", "faze", str(given), "-o", str(tmp_path / "o.h5"), "--grey", "--size", "36x60"])
        .exit_code
        == 0
    )
    with h5py.File(tmp_path / "o.h5") as file:
        assert file["image"].shape == (5, 36, 60)


def spoiled(folder: Path, person: str, name: str, values: Any) -> Path:
    """A file of two persons, with another dataset in the place of one."""
    given = write_faze(folder / "f.h5", {"a": 3, "b": 2})
    with h5py.File(given, "r+") as file:
        del file[f"{person}/{name}"]
        if values is not None:
            file[f"{person}/{name}"] = values
    return given


FAULTS = {
    "no group": ("b", "", np.zeros(3), "expected pixels and labels in 'b', which is no group"),
    "no labels": ("b", "labels", None, "expected pixels and labels in 'b'"),
    "three columns": ("b", "labels", np.zeros((2, 3), "f4"), r"'b/labels' must hold four numbers a row or more"),
    "a single column": ("b", "labels", np.zeros(2, "f4"), r"'b/labels' must hold four numbers a row or more"),
    "text": ("b", "labels", [b"x", b"y"], r"'b/labels' must hold four numbers a row or more, .* found \(\) of"),
    "other columns": ("b", "labels", np.zeros((2, 8), "f4"), "'b/labels' has 8 numbers a row, 'a/labels' 4"),
    "one value": ("b", "labels", 1.0, "'b/labels' must have a row for each picture, found a single value"),
    "fewer rows": ("b", "labels", np.zeros((1, 4), "f4"), "'b/labels' has 1 rows, 'b/pixels' 2"),
    "more rows": ("b", "labels", np.zeros((3, 4), "f4"), "'b/labels' has 3 rows, 'b/pixels' 2"),
    "gaze in degrees": ("b", "labels", np.full((2, 4), [20, 3, 0, 0], "f4"), "'b/labels' is read as mpiigaze, angles"),
    "NaN in the gaze": ("b", "labels", np.full((2, 4), [np.nan, 0, 0, 0], "f4"), "labels' must be finite, .*row 0"),
    "NaN in the head": ("b", "labels", np.full((2, 4), [0, 0, 0, np.nan], "f4"), "columns 3 and 4, must be finite"),
    "pictures of another size": (
        "b", "pixels", np.zeros((2, 32, 60, 3), "u1"), "pictures of 'b' are 32x60 RGB, of 'a' 64x256 RGB; --size",
    ),
    "grey among RGB": ("b", "pixels", np.zeros((2, 64, 256), "u1"), "of 'b' are 64x256 grey, of 'a' 64x256 RGB"),
    "no pictures": ("a", "pixels", np.zeros((3, 4), "u1"), r"'a/pixels': expected \(N, H, W\) or \(N, H, W, 3\)"),
    "four channels": ("a", "pixels", np.zeros((3, 8, 8, 4), "u1"), r"'a/pixels': expected \(N, H, W\) or"),
    "text for pictures": ("a", "pixels", np.full((3, 64, 256, 3), b"x"), "'a/pixels'|dataset 'a/pixels'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_other_shapes_and_types_are_refused_by_name(tmp_path, name):
    person, dataset, values, said = FAULTS[name]
    given = spoiled(tmp_path, person, dataset, values)
    with pytest.raises(InputError, match=said):
        prepare_faze(given, tmp_path / "o.h5")
    assert not (tmp_path / "o.h5").exists()


def test_files_of_other_layouts_are_named(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        for name in ("image", "gaze", "pose"):
            file[f"p00/{name}"] = np.zeros((2, 2))
    with pytest.raises(InputError, match="expected pixels and labels in 'p00'; prepare mpiigaze-h5 reads such a file"):
        prepare_faze(tmp_path / "m.h5", tmp_path / "o.h5")
    line = ["prepare", "mpiigaze-h5", str(write_faze(tmp_path / "f.h5", {"p00": 3})), "-o", str(tmp_path / "o.h5")]
    said = CliRunner().invoke(app, line)
    assert said.exit_code == 2
    assert "expected image, gaze and pose in 'p00'; prepare faze reads such a file" in said.stderr
    h5py.File(tmp_path / "e.h5", "w").close()
    with pytest.raises(InputError, match="expected a group a person with pixels and labels, .* found nothing"):
        prepare_faze(tmp_path / "e.h5", tmp_path / "o.h5")


@pytest.mark.parametrize("layout", ["lzf", "fletcher32"])
def test_damaged_rows_are_left_out_and_listed(tmp_path, layout):
    given = write_faze(
        tmp_path / "f.h5", {"a": 6, "b": 2}, **{"compression": "lzf"} if layout == "lzf" else {}, fletcher32=True
    )
    with h5py.File(given) as file:
        place = file["a/pixels"].id.get_chunk_info(4).byte_offset
    data = bytearray(given.read_bytes())
    data[place + 5] ^= 0xFF
    given.write_bytes(data)
    with pytest.raises(InputError, match="rows 4 to 4 of a cannot be read"):
        prepare_faze(given, tmp_path / "o.h5")
    report = prepare_faze(given, tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (7, 1)
    assert "a row 4," in (tmp_path / "o.h5.rejected.csv").read_text()


def test_what_made_the_file_is_kept(tmp_path):
    """So that eyes that were refined are known as such."""
    given = write_faze(tmp_path / "f.h5", {"a": 3})
    with h5py.File(given, "r+") as file:
        file.attrs["provenance"] = '{"version": "9", "model": "refiner"}'
    prepare_faze(given, tmp_path / "e.h5")
    with open_eyes(tmp_path / "e.h5") as eyes:
        assert eyes.provenance["input_provenance"] == {"version": "9", "model": "refiner"}


def test_links_out_of_the_file_are_refused(tmp_path):
    write_faze(tmp_path / "other.h5", {"a": 3})
    given = write_faze(tmp_path / "f.h5", {"a": 3})
    with h5py.File(given, "r+") as file:
        file["b"] = h5py.ExternalLink("other.h5", "a")
    with pytest.raises(InputError, match="external links are refused"):
        prepare_faze(given, tmp_path / "o.h5")
