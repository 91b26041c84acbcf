"""Virtual datasets of which HDF5 would fill rows in, whatever the reason, and pictures that nobody wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from h5py import h5s

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine

PART = (8, 6, 9)
SOURCE = h5py.VirtualSource("a.h5", "image", PART)
Fill = Callable[[h5py.VirtualLayout], object]


def part(path: Path, value: float, *, shape: tuple[int, ...] = PART, dtype: str = "u1", **options: Any) -> None:
    """A source whose pixels all have one value."""
    with h5py.File(path, "w") as file:
        file.create_dataset(options.pop("name", "image"), data=np.full(shape, value, dtype), **options)


def virtual(path: Path, fill: Fill, *, shape: tuple[int, ...] = (16, 6, 9)) -> Path:
    """An eye file whose pictures are elsewhere."""
    layout = h5py.VirtualLayout(shape, "u1")
    fill(layout)
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("image", layout)
        file["look_vec"] = np.tile([0.0, 0.0, -1.0], (shape[0], 1))
    return path


def halves(second: str, *, name: str = "image") -> Fill:
    """The first rows from a.h5, the others from another file."""

    def fill(layout: h5py.VirtualLayout) -> None:
        layout[:8] = h5py.VirtualSource("a.h5", "image", PART)
        layout[8:] = h5py.VirtualSource(second, name, PART)

    return fill


def all_of(name: str, shape: tuple[int, ...] = PART) -> Fill:
    """All rows from one file."""
    return lambda layout: layout.__setitem__(slice(None), h5py.VirtualSource(name, "image", shape))


def pixels(path: Path) -> list[int]:
    """One pixel of every row."""
    with open_eyes(path) as eyes:
        return [int(image[0, 0]) for image in eyes.read_images(0, eyes.n_images)]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:900])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda b: b.unlink(), r"needs 'b\.h5', which is not there"),
        (lambda b: b.write_bytes(b"no HDF5" * 99), r"needs 'b\.h5', which cannot be read"),
        (cut, r"needs 'b\.h5', which cannot be read"),
        (lambda b: part(b, 2, name="other"), r"needs 'image' in 'b\.h5', which cannot be read: .*no 'image'"),
        (lambda b: part(b, 2, shape=(5, 6, 9)), r"'b\.h5': expected there \(8, 6, 9\), found \(5, 6, 9\)"),
        (lambda b: part(b, 2, shape=(8, 7, 9)), r"'b\.h5': expected there \(8, 6, 9\), found \(8, 7, 9\)"),
        (lambda b: part(b, 0.5, dtype="f8"), r"'b\.h5': it holds float64, which 'image', uint8, cannot hold"),
        (lambda b: part(b, 900, dtype="u2"), r"'b\.h5': it holds uint16"),
        (lambda b: virtual(b, all_of("gone.h5"), shape=PART), r"which cannot be read: .*'image' needs 'gone\.h5'"),
    ],
    ids=["missing", "no HDF5", "cut", "other name", "short", "wide", "floats", "16 bits", "nested"],
)
def test_a_source_that_cannot_be_read_is_named(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    part(tmp_path / "a.h5", 1)
    part(tmp_path / "b.h5", 2)
    path = virtual(tmp_path / "v.h5", halves("b.h5"))
    assert pixels(path) == [1] * 8 + [2] * 8
    spoil(tmp_path / "b.h5")
    with pytest.raises(InputError, match=said) as refusal:
        open_eyes(path)
    assert str(path) in str(refusal.value)


def test_rows_without_a_source_are_named(tmp_path: Path) -> None:
    part(tmp_path / "a.h5", 1)
    path = virtual(tmp_path / "v.h5", lambda layout: layout.__setitem__(slice(0, 8), SOURCE))
    with pytest.raises(InputError, match="dataset 'image' has no source for row 8"):
        open_eyes(path)

    def left_and_right(layout: h5py.VirtualLayout, begin: int) -> None:
        layout[:8, :, :4], layout[:8, :, begin:] = SOURCE[:, :, :4], SOURCE[:, :, begin:]

    assert pixels(virtual(tmp_path / "v.h5", lambda layout: left_and_right(layout, 4), shape=PART)) == [1] * 8
    with pytest.raises(InputError, match="has no source for row 0"):
        open_eyes(virtual(tmp_path / "v.h5", lambda layout: left_and_right(layout, 5), shape=PART))


def test_every_way_of_putting_sources_together_is_read(tmp_path: Path) -> None:
    part(tmp_path / "a.h5", 1)
    part(tmp_path / "b.h5", 2)
    part(tmp_path / "long.h5", 3, shape=(32, 6, 9))

    def interleaved(layout: h5py.VirtualLayout) -> None:
        layout[0::2], layout[1::2] = SOURCE, h5py.VirtualSource("b.h5", "image", PART)

    def piece(layout: h5py.VirtualLayout) -> None:
        layout[:8], layout[8:] = SOURCE, h5py.VirtualSource("long.h5", "image", (32, 6, 9))[20:28]

    assert pixels(virtual(tmp_path / "v.h5", interleaved)) == [1, 2] * 8
    assert pixels(virtual(tmp_path / "v.h5", piece)) == [1] * 8 + [3] * 8
    assert pixels(virtual(tmp_path / "n.h5", all_of("v.h5", (16, 6, 9))))[7:9] == [1, 3]
    part(tmp_path / "long.h5", 3, shape=(24, 6, 9))
    for name in ("v.h5", "n.h5"):
        with pytest.raises(InputError, match=r"what is taken of it ends at \(28, 6, 9\), found \(24, 6, 9\)"):
            open_eyes(tmp_path / name)


def test_a_picture_each_from_the_file_itself(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "v.h5", "w") as file:
        layout = h5py.VirtualLayout(PART, "u1")
        for i in range(8):
            file[f"more/{i}"] = np.full(PART[1:], i, "u1")
            layout[i] = h5py.VirtualSource(".", f"more/{i}", PART[1:])
        file.create_virtual_dataset("set/image", layout)
        file["set/turn"] = h5py.SoftLink("/set/image")
    with open_eyes(tmp_path / "v.h5", image="set/image") as eyes:
        assert eyes.read_images(0, 8)[:, 0, 0].tolist() == list(range(8))
    with h5py.File(tmp_path / "v.h5", "a") as file:
        del file["more/3"]
    with pytest.raises(InputError, match=r"needs 'more/3' in '\.', which cannot be read"):
        open_eyes(tmp_path / "v.h5", image="set/image")


def test_a_virtual_dataset_of_itself_is_a_circle(tmp_path: Path) -> None:
    path = virtual(tmp_path / "v.h5", all_of("."), shape=PART)
    with pytest.raises(InputError, match="runs in a circle of virtual datasets"):
        open_eyes(path)


def test_labels_are_looked_at_too(tmp_path: Path) -> None:
    part(tmp_path / "a.h5", 1)
    path = virtual(tmp_path / "v.h5", all_of("a.h5"), shape=PART)
    with h5py.File(path, "a") as file:
        layout = h5py.VirtualLayout((8,), "f4")
        layout[:] = h5py.VirtualSource("gone.h5", "pupil", (8,))
        file.create_virtual_dataset("pupil", layout)
    with pytest.raises(InputError, match=r"dataset 'pupil' needs 'gone\.h5', which is not there"):
        open_eyes(path)


def series(path: Path) -> Path:
    """Pictures in p_0.h5, p_1.h5 and so on, as many as there are."""
    endless = (h5s.UNLIMITED, *PART[1:])
    with h5py.File(path, "w") as file:
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        space = h5s.create_simple(PART, endless)
        space.select_hyperslab((0, 0, 0), (h5s.UNLIMITED, 1, 1), PART, PART)
        created.set_virtual(space, b"p_%b.h5", b"image", h5s.create_simple(PART))
        h5py.h5d.create(file.id, b"image", h5py.h5t.NATIVE_UINT8, h5s.create_simple(PART, endless), created)
    return path


def test_a_numbered_series_has_no_gap(tmp_path: Path) -> None:
    for number in (0, 1, 2, 3):
        part(tmp_path / f"p_{number}.h5", number)
    path = series(tmp_path / "v.h5")
    assert pixels(path) == [0] * 8 + [1] * 8 + [2] * 8 + [3] * 8
    (tmp_path / "p_2.h5").unlink()
    with pytest.raises(InputError, match=r"needs 'p_2\.h5', which cannot be read, while 'p_3\.h5' is there"):
        open_eyes(path)
    (tmp_path / "p_3.h5").unlink()
    assert pixels(path) == [0] * 8 + [1] * 8
    part(tmp_path / "p_1.h5", 1, shape=(5, 6, 9))
    with pytest.raises(InputError, match=r"'p_1\.h5': expected there \(8, 6, 9\), found \(5, 6, 9\)"):
        open_eyes(path)


def test_sources_that_grow_fill_all_rows(tmp_path: Path) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    endless = (h5s.UNLIMITED, *PART[1:])
    for number, (name, n) in enumerate([("x.h5", 8), ("y.h5", 5)]):
        part(tmp_path / name, number + 1, shape=(n, 6, 9), maxshape=(None, 6, 9))
        filled, taken = h5s.create_simple(PART, endless), h5s.create_simple(PART, endless)
        filled.select_hyperslab((number, 0, 0), (h5s.UNLIMITED, 1, 1), (2, 6, 9), (1, 6, 9))
        taken.select_hyperslab((0, 0, 0), (h5s.UNLIMITED, 1, 1), (1, 6, 9), (1, 6, 9))
        created.set_virtual(filled, name.encode(), b"image", taken)
    with h5py.File(tmp_path / "v.h5", "w") as file:
        h5py.h5d.create(file.id, b"image", h5py.h5t.NATIVE_UINT8, h5s.create_simple(PART, endless), created)
    with pytest.raises(InputError, match="has no source for row 11"):
        open_eyes(tmp_path / "v.h5")
    part(tmp_path / "y.h5", 2, maxshape=(None, 6, 9))
    assert pixels(tmp_path / "v.h5") == [1, 2] * 8


def test_whole_paths_of_a_folder_that_was_moved_are_found_as_hdf5_finds_them(tmp_path: Path) -> None:
    part(tmp_path / "a.h5", 1)
    path = virtual(tmp_path / "v.h5", all_of("/nowhere/a.h5"), shape=PART)
    assert pixels(path) == [1] * 8
    (tmp_path / "below").mkdir()
    path = virtual(tmp_path / "below" / "v.h5", all_of("../a.h5"), shape=PART)
    with pytest.raises(InputError, match="leaves the folder of the file for"):
        open_eyes(path)


@pytest.mark.parametrize("chunks", [(4, 6, 9), (4, 3, 9)])
def test_pictures_never_written_are_refused(tmp_path: Path, chunks: tuple[int, ...]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        image = file.create_dataset("image", (16, 6, 9), "u1", chunks=chunks)
        image[:10] = 1
    with open_eyes(tmp_path / "a.h5") as eyes:
        assert eyes.read_images(0, 12)[:, 0, 0].tolist() == [1] * 10 + [0] * 2
        for read in (lambda: eyes.read_images(8, 13), lambda: eyes.read_rows(np.array([3, 14]))):
            with pytest.raises(InputError, match="'image': row 12 and maybe others were never written"):
                read()
    path = virtual(tmp_path / "v.h5", all_of("a.h5", (16, 6, 9)))
    with pytest.raises(InputError, match=r"needs 'image' in 'a\.h5', .*row 12 and maybe others were never written"):
        open_eyes(path)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["image"][10:] = 2
    assert pixels(path) == [1] * 10 + [2] * 6
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("image", (16, 6, 9), "u1")
    with pytest.raises(InputError, match="row 0 and maybe others were never written"):
        pixels(tmp_path / "a.h5")


def test_one_shard_of_an_own_output_that_cannot_be_read_is_named(eyes_path: Path, model_path: Path) -> None:
    report = refine(eyes_path, model=model_path, layout="sharded", rows_per_unit=64, device="cpu")
    assert verify(report.output).n_images == 150
    shard = next(eyes_path.parent.rglob("unit-*1*.h5"))
    shard.write_bytes(shard.read_bytes()[:900])
    with pytest.raises(InputError, match=rf"needs '.*{shard.name}', which cannot be read") as refusal:
        verify(report.output)
    assert "refine the input again" not in str(refusal.value)
