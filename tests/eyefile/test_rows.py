"""Several files as one, and rows that cannot be read."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.rows import EyeRows, Span, neighbours_together
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug_cli.app import app
from tests.makers.eye_files import compress, damage, write_eyes

N_FIRST, N_SECOND = 150, 70


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    return [write_eyes(tmp_path / "a.h5", N_FIRST), write_eyes(tmp_path / "b.h5", N_SECOND, seed=1)]


def test_two_inputs_make_one_output_that_says_what_is_whose(two: list[Path], model_path: Path):
    report = refine(two, model=model_path, output=two[0].with_name("both.h5"), rows_per_unit=64)
    with h5py.File(report.output) as file, h5py.File(two[0]) as a, h5py.File(two[1]) as b:
        assert list(file["source"].asstr()) == ["a.h5"] * N_FIRST + ["b.h5"] * N_SECOND
        assert list(file["source_row"]) == [*range(N_FIRST), *range(N_SECOND)]
        np.testing.assert_array_equal(file["image"][()], 255 - np.concatenate([a["image"][()], b["image"][()]]))
        for name in ("look_vec", "head/pose", "subject"):
            np.testing.assert_array_equal(file[name][()], np.concatenate([a[name][()], b[name][()]]))
        assert file["look_vec"].attrs["frame"] == "unity_camera"
    assert verify(report.output, against=two).labels[-3:] == ["source", "source_row", "subject"]
    with pytest.raises(Exception, match="holds 220 rows"):
        verify(report.output, against=two[0])


def test_a_chosen_label_need_not_be_accompanied_by_the_others(two: list[Path], model_path: Path):
    with h5py.File(two[1], "r+") as file:
        del file["subject"]
    with pytest.raises(InputError, match=r"b\.h5: no label 'subject', which other inputs have"):
        refine(two, model=model_path, output=two[0].with_name("both.h5"))
    with h5py.File(refine(two, model=model_path, output=two[0].with_name("both.h5"), labels="look_vec").output) as file:
        assert sorted(file) == ["image", "look_vec", "source", "source_row"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file["look_vec"].attrs.modify("frame", "head"), "'look_vec' is of another type, shape or conv"),
        (lambda file: swap(file, "subject", np.arange(N_SECOND)), "'subject' is of another type"),
        (lambda file: swap(file, "source", np.arange(N_SECOND)), "has a label 'source' already"),
        (lambda file: swap(file, "image", np.zeros((N_SECOND, 20, 30), "u1")), "pictures are \\(20, 30\\)"),
    ],
)
def test_what_differs_is_not_joined(two: list[Path], model_path: Path, change, message: str):
    with h5py.File(two[1], "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message):
        refine(two, model=model_path, output=two[0].with_name("both.h5"))


def swap(file: h5py.File, name: str, data: np.ndarray) -> None:
    if name in file:
        del file[name]
    file[name] = data


def test_rows_across_spans_are_read_in_order(two: list[Path]):
    left_out = [Span(0, 10, 20), Span(0, 148, 150), Span(1, 0, 3)]
    expected = [*range(10), *range(20, 148), *range(1003, 1000 + N_SECOND)]
    with EyeRows(two, left_out=left_out) as rows:
        assert rows.n_images == len(expected)
        names = rows.read_label("source", 0, rows.n_images)
        numbers = rows.read_label("source_row", 0, rows.n_images) + 1000 * (names == b"b.h5")
        assert list(numbers) == expected
        for start, stop in [(0, 5), (8, 12), (136, 141), (100, 205), (204, 205)]:
            found = rows.read_label("source_row", start, stop)
            assert [row % 1000 for row in expected[start:stop]] == list(found)
            assert len(rows.read_images(start, stop)) == stop - start


def test_neighbours_are_put_together():
    spans = [Span(0, 1, 2), Span(0, 2, 3), Span(0, 5, 6), Span(1, 6, 7)]
    assert neighbours_together(spans) == [Span(0, 1, 3), Span(0, 5, 6), Span(1, 6, 7)]


def test_a_damaged_chunk_stops_the_run_and_its_rows_are_named(two: list[Path], model_path: Path):
    damage(compress(two[0]), 3)
    with pytest.raises(InputError, match=r"rows 0 to 63 of 'image' cannot be read: .*--skip-bad-rows leaves"):
        refine(two[0], model=model_path, batch_size=64, rows_per_unit=64)
    assert not two[0].with_name("a.refined.h5").exists()


def test_bad_rows_are_left_out_with_their_labels_and_listed(two: list[Path], model_path: Path):
    damage(compress(two[0]), 3)
    said = CliRunner().invoke(
        app, ["refine-dataset", str(two[0]), "-m", str(model_path), "--skip-bad-rows", "--rows-per-unit", "64"]
    )
    assert said.exit_code == 0, said.output
    assert "they cannot be read: 16 rows, listed in" in said.stdout
    output = two[0].with_name("a.refined.h5")
    good = [row for row in range(N_FIRST) if not 48 <= row < 64]
    with h5py.File(output) as file, h5py.File(two[0]) as given:
        np.testing.assert_array_equal(file["look_vec"][()], given["look_vec"][()][good])
        assert list(file["path"]) == list(given["path"][()][good])
        np.testing.assert_array_equal(file["image"][-5:], 255 - given["image"][-5:])
        assert len(file["image"]) == len(good)
    with output.with_name(output.name + ".rejected.csv").open() as file:
        lines = list(csv.reader(file))
    assert [line[:2] for line in lines[1:]] == [["a.h5", str(row)] for row in range(48, 64)]
    assert verify(output, against=two[0]).n_images == len(good)


def test_nothing_is_written_where_no_row_can_be_read(two: list[Path], model_path: Path):
    compress(two[1])
    for chunk in range(-(-N_SECOND // 16)):
        damage(two[1], chunk)
    with pytest.raises(InputError, match="not one row can be read"):
        refine(two[1], model=model_path, skip_bad_rows=True)
