"""Labels and attributes of every type that HDF5 has reach every output as they are, or are left out with a note."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.notes import forget_notes
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.sets.mixing import mix
from gazeaug.sets.subsets import split
from gazeaug.sources.hdf5 import copy_eyes
from tests.makers.odd_labels import ATTRIBUTES, LABELS, Add, N, contents_of, written

Make = Callable[[Path, Path, Path], object]


def refined(**options: object) -> Make:
    def make(source: Path, output: Path, model: Path) -> None:
        refine(source, model=model, output=output, rows_per_unit=16, **options)
        assert verify(output, against=source).n_images == N

    return make


IN_ORDER: dict[str, Make] = {
    "in place": refined(),
    "sharded": refined(layout="sharded"),
    "joined": refined(compression="gzip"),
    "prepare eyes": lambda source, output, model: copy_eyes(source, output),
    "split": lambda source, output, model: split(source, [output], [N], by="row"),
    "convert": lambda source, output, model: convert(source, output, to="kaggle"),
}


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    forget_notes()


def attribute(item: h5py.HLObject) -> tuple[object, ...]:
    return contents_of(h5py.h5a.open(item.id, b"odd"))


@pytest.mark.parametrize("make", IN_ORDER.values(), ids=IN_ORDER)
@pytest.mark.parametrize("add", LABELS.values(), ids=LABELS)
def test_a_label_of_any_type_is_carried_bit_for_bit(tmp_path: Path, model_path: Path, add: Add, make: Make) -> None:
    source = written(tmp_path / "a.h5", add)
    make(source, tmp_path / "o.h5", model_path)
    with h5py.File(source) as before, h5py.File(tmp_path / "o.h5") as after:
        assert after["odd"].id.get_type().equal(before["odd"].id.get_type())
        assert contents_of(after["odd"].id) == contents_of(before["odd"].id)


@pytest.mark.parametrize("make", [IN_ORDER[name] for name in ("in place", "sharded", "joined")])
@pytest.mark.parametrize("add", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_an_attribute_of_any_type_is_carried(tmp_path: Path, model_path: Path, add: Add, make: Make) -> None:
    source = written(tmp_path / "a.h5", add)
    make(source, tmp_path / "o.h5", model_path)
    with h5py.File(source) as before, h5py.File(tmp_path / "o.h5") as after:
        for given, made in [(before, after), *((before[name], after[name]) for name in ("image", "look_vec"))]:
            assert attribute(made) == attribute(given)


@pytest.mark.parametrize("add", [LABELS["opaque"], ATTRIBUTES["Latin-1 called UTF-8"], ATTRIBUTES["not a number"]])
def test_files_with_odd_labels_are_mixed(tmp_path: Path, add: Add) -> None:
    paths = [written(tmp_path / name, add) for name in ("a.h5", "b.h5")]
    assert mix(paths, tmp_path / "o.h5").n_images == 2 * N


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("object", h5py.ref_dtype), ("region", h5py.regionref_dtype)],
)
def test_references_are_left_out_with_a_note(
    tmp_path: Path, model_path: Path, caplog: pytest.LogCaptureFixture, kind: str, dtype: np.dtype
) -> None:
    def add(file: h5py.File) -> None:
        to = file["image"].ref if kind == "object" else file["image"].regionref[0:2]
        made = file.create_dataset("odd", (N,), dtype=dtype)
        for row in range(N):
            made[row] = to
        file["look_vec"].attrs["see"] = to
        file["pair"] = np.array([(1, file["image"].ref)] * N, [("x", "f4"), ("r", h5py.ref_dtype)])

    source = written(tmp_path / "a.h5", add)
    with caplog.at_level(logging.WARNING, "gazeaug"):
        IN_ORDER["in place"](source, tmp_path / "o.h5", model_path)
    for what in ("'odd'", "'pair'", "attribute 'see' of 'look_vec'"):
        assert f"a.h5: {what} points into its own file by HDF5 references" in caplog.text
    with h5py.File(tmp_path / "o.h5") as made:
        assert not {"odd", "pair"} & set(made)
        assert dict(made["look_vec"].attrs) == {"frame": "unity_camera"}
    with pytest.raises(InputError, match="'odd' points into its own file .* so it cannot be carried"):
        refine(source, model=model_path, labels="odd", output=tmp_path / "p.h5")


def test_a_type_that_h5py_does_not_read_is_left_out_with_a_note(
    tmp_path: Path, model_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    times = h5py.h5t.vlen_create(h5py.h5t.UNIX_D32LE)
    space = h5py.h5s.create_simple((N,))
    source = written(tmp_path / "a.h5", lambda file: h5py.h5d.create(file.id, b"odd", times, space))
    IN_ORDER["in place"](source, tmp_path / "o.h5", model_path)
    assert "'odd' is of a type that h5py does not read and write; it is left out" in caplog.text


def scaled(file: h5py.File) -> None:
    """As netCDF has it: a scale of the rows, which is a label, and one of the columns, which is none."""
    file["time"], file["column"] = np.arange(N) * 0.5, np.arange(4)
    for name in ("time", "column"):
        file[name].make_scale(name)
    file["look_vec"].dims[0].attach_scale(file["time"])
    file["look_vec"].dims[1].attach_scale(file["column"])
    file["look_vec"].dims[0].label = "t"
    file["image"].dims[0].attach_scale(file["time"])


@pytest.mark.parametrize("how", ["in place", "sharded", "joined"])
def test_dimension_scales_are_attached_again(tmp_path: Path, model_path: Path, how: str) -> None:
    IN_ORDER[how](written(tmp_path / "a.h5", scaled), tmp_path / "o.h5", model_path)
    with h5py.File(tmp_path / "o.h5") as made:
        assert [dict(axis.items()) for axis in made["look_vec"].dims] == [
            {"time": made["time"]},
            {"column": made["column"]},
        ]
        assert dict(made["image"].dims[0].items()) == {"time": made["time"]}
        assert made["look_vec"].dims[0].label == "t"
        referring = [reference[0] for reference in made["time"].attrs["REFERENCE_LIST"]]
        assert sorted(made[reference].name for reference in referring) == ["/image", "/look_vec"]


def test_a_dimension_scale_that_is_not_carried_is_said_before_the_first_row(
    tmp_path: Path, model_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = written(tmp_path / "a.h5", scaled)
    refine(source, model=model_path, output=tmp_path / "o.h5", labels="look_vec", threads=1)
    assert "'look_vec' loses its dimension scale 'time', which is not carried" in caplog.text
    with h5py.File(tmp_path / "o.h5") as made:
        assert [list(axis.keys()) for axis in made["look_vec"].dims] == [[], ["column"]]


def test_a_dataset_whose_name_is_not_utf8_is_left_out_with_a_note(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    space = h5py.h5s.create_simple((N,))
    source = written(tmp_path / "a.h5", lambda file: h5py.h5d.create(file.id, b"M\xfcller", h5py.h5t.STD_I32LE, space))
    with open_eyes(source) as eyes:
        assert "look_vec" in eyes.labels
    assert r"a dataset has a name that is not UTF-8, b'M\xfcller'; it is left out" in caplog.text
