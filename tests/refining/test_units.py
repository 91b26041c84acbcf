"""Shares of the work, joined; checksums that notice every change; labels compared bit for bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.refining.joining import merge, share, share_of
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.units.checksums import UNITS_SHA256
from gazeaug.units.ranges import split_into_units
from gazeaug_cli.app import app
from tests.makers import models
from tests.makers.eye_files import flip_a_byte, values_of, write_eyes

N_ROWS, N_UNITS = 700, 11  # units of 64 rows


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "unityeyes.h5", N_ROWS)


def refine_share(source: Path, model: Path, index: int, *, of: int = 4) -> Path:
    return refine(source, model=model, rows_per_unit=64, num_units=of, unit_index=index).output


def parts(source: Path) -> list[Path]:
    return sorted(source.with_name("unityeyes.refined.h5.parts").glob("unit-*.h5"))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 0, 3, 1)])
def test_four_shares_in_any_order_make_what_one_run_makes(source: Path, model_path: Path, order: tuple[int, ...]):
    whole = values_of(refine(source, model=model_path, rows_per_unit=64, output=source.with_name("whole.h5")).output)
    for index in order:
        assert not refine_share(source, model_path, index).exists()
    output, n_images = merge(source.with_name("unityeyes.refined.h5"))
    assert n_images == N_ROWS
    assert values_of(output) == {**whole}
    assert not parts(source)
    assert verify(output, against=source).n_units == N_UNITS


def test_a_sharded_output_reads_as_one_file(source: Path, model_path: Path):
    whole = values_of(refine(source, model=model_path, rows_per_unit=64, output=source.with_name("whole.h5")).output)
    for index in (1, 0):
        refine(source, model=model_path, rows_per_unit=64, num_units=2, unit_index=index, layout="sharded")
    output, _ = merge(source.with_name("unityeyes.refined.h5"))
    assert values_of(output) == whole
    assert verify(output, against=source).n_units == N_UNITS
    assert sorted(path.name for path in source.parent.glob("unityeyes.refined.h5*")) == [
        "unityeyes.refined.h5",
        "unityeyes.refined.h5.shards",
    ]
    with h5py.File(output) as file:
        assert file["image"].is_virtual
        assert not file["look_vec"].is_virtual
    flip_a_byte(output.with_name("unityeyes.refined.h5.shards") / "unit-000002.h5")
    with pytest.raises(RunError, match="unit 2, rows 128 to 191"):
        verify(output)


def test_a_sharded_output_replaces_another(source: Path, model_path: Path):
    for rows in (64, 256):
        report = refine(source, model=model_path, rows_per_unit=rows, layout="sharded", overwrite=True)
    assert len(list(source.parent.glob("unityeyes.refined.h5.shards/*"))) == 3
    assert verify(report.output).n_units == 3


@pytest.mark.parametrize("num_units", [1, 2, 3, 7, 11, 20])
def test_every_unit_belongs_to_one_share(num_units: int):
    units = split_into_units(N_ROWS, 64)
    shares = [share(units, num_units, index) for index in range(num_units)]
    assert [unit for one in shares for unit in one] == units
    for index, one in enumerate(shares):
        assert all(share_of(unit.index, len(units), num_units) == index for unit in one)


def test_merging_too_early_names_the_shares_that_are_missing(source: Path, model_path: Path):
    output = refine_share(source, model_path, 1)
    with pytest.raises(InputError, match="8 of 11 units are missing; type the command again with --unit-index 0, 2, 3"):
        merge(output)
    with pytest.raises(InputError, match="holds no unfinished work"):
        merge(source.with_name("nothing.h5"))


def test_a_share_has_one_owner_and_merge_waits_for_all(source: Path, model_path: Path):
    output = refine_share(source, model_path, 1)
    with FileLock(parts(source)[0].parent / "lock-1"):
        with pytest.raises(InputError, match="another process is at work on it"):
            refine_share(source, model_path, 1)
        with pytest.raises(InputError, match="another process is at work on it"):
            merge(output)
        refine_share(source, model_path, 2)
    assert refine(source, model=model_path, rows_per_unit=64, num_units=4, unit_index=1).n_resumed == 192


@pytest.mark.parametrize("damage", [flip_a_byte, lambda path: path.write_bytes(path.read_bytes()[:-3000])])
def test_a_damaged_shard_is_named_and_done_again(source: Path, model_path: Path, damage):
    for index in range(4):
        output = refine_share(source, model_path, index)
    damage(parts(source)[5])
    with pytest.raises(InputError, match=r"unit-000005.h5: .* --unit-index 2 does them again"):
        merge(output)
    report = refine(source, model=model_path, rows_per_unit=64, num_units=4, unit_index=2)
    assert (report.n_repaired, report.n_resumed) == (1, 128)
    assert verify(merge(output)[0], against=source).labels == ["head/pose", "iris_2d", "look_vec", "path", "subject"]


def test_verify_names_the_unit_that_changed(source: Path, model_path: Path):
    output = refine(source, model=model_path, rows_per_unit=64).output
    flip_a_byte(output)
    with pytest.raises(RunError, match="unit 10, rows 640 to 699, is no longer what was written"):
        verify(output)


@pytest.mark.parametrize("label", ["look_vec", "path", "subject"])
def test_a_changed_label_is_found_with_its_row(source: Path, model_path: Path, label: str):
    output = refine(source, model=model_path, rows_per_unit=64).output
    with h5py.File(source, "r+") as file:
        file[label][321] = file[label][320]
    with pytest.raises(RunError, match=f"row 321 of '{label}' is not that of"):
        verify(output, against=source)


def test_missing_rows_are_found_and_a_limit_is_none(source: Path, model_path: Path):
    output = refine(source, model=model_path, rows=100).output
    assert verify(output, against=source).n_images == 100
    longer = write_eyes(source.with_name("longer.h5"), 90)
    with pytest.raises(RunError, match="holds 100 rows, .* has 90 for it"):
        verify(output, against=longer)


def test_a_file_of_another_maker_has_no_checksums(source: Path):
    with pytest.raises(InputError, match="holds no checksums"):
        verify(source)
    twin = shutil.copy(source, source.with_name("twin.h5"))
    assert verify(source, against=twin).labels


def test_a_file_refined_twice_has_its_own_checksums(source: Path, model_path: Path):
    once = refine(source, model=model_path).output
    twice = refine(once, model=model_path, rows_per_unit=64, force=True).output
    assert verify(twice, against=once).n_units == N_UNITS


def test_checksums_of_more_units_than_a_small_attribute_holds(tmp_path: Path):
    """HDF5 keeps attributes above 64 KiB apart; a million rows a unit of 64 have 500 KB of them."""
    many = np.random.default_rng(0).integers(0, 256, (16_000, 32), dtype=np.uint8)
    with EyeWriter(tmp_path / "many.h5", image_shape=(16, 18), attributes={UNITS_SHA256: many}) as writer:
        writer.append(np.zeros((1, 16, 18), np.uint8))
    with h5py.File(tmp_path / "many.h5") as file:
        np.testing.assert_array_equal(file.attrs[UNITS_SHA256], many)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_units": 0}, "--num-units must be at least 1"),
        ({"num_units": 3}, "--unit-index must say which"),
        ({"num_units": 3, "unit_index": 3}, "--unit-index must be from 0 to 2, got 3"),
        ({"num_units": 3, "unit_index": 0, "fresh": True}, "--fresh would throw away"),
    ],
)
def test_shares_out_of_range_are_refused(source: Path, model_path: Path, options: dict, message: str):
    with pytest.raises(InputError, match=message):
        refine(source, model=model_path, **options)


def test_the_commands(source: Path, tmp_path: Path):
    model = str(models.inverting(tmp_path / "refiner.onnx"))
    line = ["refine-dataset", str(source), "-m", model, "--rows-per-unit", "64", "--num-units", "2", "--unit-index"]
    said = [CliRunner().invoke(app, [*line, index]) for index in ("1", "0")]
    assert all(result.exit_code == 0 for result in said)
    output = str(source.with_name("unityeyes.refined.h5"))
    assert f"gazeaug merge {output}" in said[0].output
    assert CliRunner().invoke(app, ["merge", output + ".parts"]).output == f"700 images -> {output}\n"
    checked = CliRunner().invoke(app, ["verify", output, "--against", str(source)])
    assert "700 rows, 11 units as written" in checked.output
    flip_a_byte(Path(output))
    assert CliRunner().invoke(app, ["verify", output]).exit_code == 1
