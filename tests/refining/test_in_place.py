"""Writing in place: units are logged once their rows are on the disk, HDF5's bytes put around them at the end."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import gazeaug.refining.in_place
from gazeaug.errors import RunError
from gazeaug.refining.buffers import RowBuffer
from gazeaug.refining.in_place import InPlaceRows, InPlaceWriter, first_byte_of, lay_out, place_of_rows
from gazeaug.refining.stream import digested
from gazeaug.refining.work import refine
from gazeaug.units.ranges import Unit
from tests.makers import models
from tests.makers.eye_files import write_eyes


class Killed(BaseException):
    """Stands for a kill: nothing in the program catches it."""


@pytest.mark.parametrize("n_rows", [1, 63, 64, 65, 1000])
@pytest.mark.parametrize("image_shape", [(35, 55), (16, 18, 3), (512, 384, 3)])
def test_rows_lie_where_hdf5_looks_for_them(tmp_path: Path, n_rows: int, image_shape: tuple[int, ...]):
    first_byte = first_byte_of(image_shape)
    with h5py.File(tmp_path / "frame.h5", "w", libver="v110") as file:
        lay_out(file, n_rows, image_shape)
        file.attrs["provenance"] = "x" * 5000
        file["look_vec"] = np.ones((n_rows, 4), "f4")
    with h5py.File(tmp_path / "frame.h5") as file:
        behind = place_of_rows(file["image"], first_byte)
    assert behind >= first_byte + n_rows * int(np.prod(image_shape))
    rows = (n_rows - 1, n_rows // 2, 0)
    with (tmp_path / "frame.h5").open("r+b") as file:
        for row in rows:
            file.seek(first_byte + row * int(np.prod(image_shape)))
            file.write(bytes([row % 251 + 1]) * int(np.prod(image_shape)))
    with h5py.File(tmp_path / "frame.h5") as file:
        assert [np.unique(file["image"][row]).tolist() for row in rows] == [[row % 251 + 1] for row in rows]
        assert (file["look_vec"][()] == 1).all()


def test_rows_that_lie_elsewhere_are_noticed(tmp_path: Path):
    with h5py.File(tmp_path / "grown.h5", "w") as file:
        file.create_dataset("a", data=np.zeros(5000))
        image = file.create_dataset("image", data=np.zeros((200, 4, 4), "u1"), chunks=(64, 4, 4))
        with pytest.raises(RunError, match="HDF5 puts chunk 0 at byte"):
            place_of_rows(image, 2048)


def written(target: InPlaceRows, units: list[Unit]) -> None:
    with InPlaceWriter(target) as writer:
        for unit in units:
            n_rows = unit.stop - unit.start
            images = np.full((n_rows, 4, 4), unit.index + 1, np.uint8)
            for buffer in digested([RowBuffer(images, images, unit, unit.start, n_rows)]):
                writer.write(buffer)


@pytest.fixture
def target(tmp_path: Path) -> InPlaceRows:
    return InPlaceRows(tmp_path, tmp_path / "out.h5", first_byte=2048, image_shape=(4, 4))


UNITS = [Unit(index=i, start=i * 64, stop=min(i * 64 + 64, 150)) for i in range(3)]


def test_units_are_done_in_any_order_and_found_again(target: InPlaceRows):
    written(target, [UNITS[2], UNITS[0]])
    assert sorted(target.done()) == [0, 2]
    assert target.rows.stat().st_size == 2048 + 150 * 16
    assert target.damaged([UNITS[0], UNITS[2]], eyes=None, labels=[]) == []
    with target.rows.open("r+b") as file:
        file.seek(2048 + 149 * 16)
        file.write(b"x")
    assert target.damaged([UNITS[0], UNITS[2]], eyes=None, labels=[]) == [UNITS[2]]


@pytest.mark.parametrize("cut", [1, 30, 66])
def test_a_line_cut_short_by_a_kill_is_no_unit(target: InPlaceRows, cut: int):
    written(target, UNITS)
    content = target.log.read_bytes()
    target.log.write_bytes(content[:-cut])
    assert sorted(target.done()) == [0, 1]
    written(target, [UNITS[2]])
    assert sorted(target.done()) == [0, 1, 2]


def test_rows_that_are_gone_are_damaged(target: InPlaceRows):
    written(target, UNITS)
    target.rows.unlink()
    assert target.damaged(UNITS, eyes=None, labels=[]) == UNITS


@pytest.mark.parametrize("n_copied", [0, 1])
def test_a_kill_while_the_file_is_finished_costs_nothing(
    tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch, n_copied: int
):
    source = write_eyes(tmp_path / "unityeyes.h5", 700)
    copy, calls = gazeaug.refining.in_place.copy_bytes, iter(range(10))

    def killed(given, taken, start: int, stop: int) -> None:
        copy(given, taken, start, min(stop, start + 100))
        taken.flush()
        if next(calls) == n_copied:
            raise Killed
        copy(given, taken, start, stop)

    with monkeypatch.context() as patch:
        patch.setattr(gazeaug.refining.in_place, "copy_bytes", killed)
        with pytest.raises(Killed):
            refine(source, model=model_path, rows_per_unit=64)
    report = refine(source, model=model_path, rows_per_unit=64)
    assert report.n_resumed == 700
    with h5py.File(report.output) as found, h5py.File(source) as given:
        np.testing.assert_array_equal(found["image"][()], 255 - given["image"][()])
        np.testing.assert_array_equal(found["head/pose"][()], given["head/pose"][()])


def test_writing_in_place_makes_what_joined_shards_make(tmp_path: Path):
    """Compression takes the way over shards."""
    source, model = write_eyes(tmp_path / "unityeyes.h5", 500), models.inverting(tmp_path / "refiner.onnx")
    outputs = [
        refine(
            source, model=model, rows_per_unit=64, compression=compression, output=tmp_path / f"{compression}.h5"
        ).output
        for compression in (None, "lzf")
    ]
    with h5py.File(outputs[0]) as one, h5py.File(outputs[1]) as other:
        assert sorted(one) == sorted(other)
        for name in ("image", "look_vec", "path", "head/pose"):
            np.testing.assert_array_equal(one[name][()], other[name][()])
            assert dict(one[name].attrs) == dict(other[name].attrs)
        np.testing.assert_array_equal(one.attrs["units_sha256"], other.attrs["units_sha256"])
        assert one["image"].chunks == other["image"].chunks == (64, 16, 18)
