"""Files that gave black pictures, other values or no output, found by trying many of them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5s, h5t

from gazeaug.errors import InputError
from gazeaug.eyefile.pixels import in_grey_levels
from gazeaug.eyefile.reader import open_eyes
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from tests.makers import models
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes

N = 20
SHAPE = (N, HEIGHT, WIDTH)


def pixels(low: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(low, 256, SHAPE, dtype=np.uint8)


@pytest.mark.parametrize("fill", [0, 77])
def test_a_chosen_fill_value_is_no_picture(tmp_path: Path, fill: int) -> None:
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file.create_dataset("image", SHAPE, "u1", chunks=(4, HEIGHT, WIDTH), fillvalue=fill)[:8] = pixels()[:8]
    with open_eyes(tmp_path / "in.h5") as eyes, pytest.raises(InputError, match="row 8 and maybe others were never"):
        eyes.read_images(0, N)


def test_a_chosen_fill_value_of_a_source_is_no_picture(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("image", SHAPE, "u1", chunks=(4, HEIGHT, WIDTH), fillvalue=0)[:8] = pixels()[:8]
    layout = h5py.VirtualLayout(SHAPE, "u1")
    layout[:] = h5py.VirtualSource("a.h5", "image", SHAPE)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file.create_virtual_dataset("image", layout)
    with pytest.raises(InputError, match=r"needs 'image' in 'a\.h5'.*row 8 and maybe others were never written"):
        open_eyes(tmp_path / "in.h5")


def test_an_irregular_mapping_is_counted_row_by_row(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = pixels()
    filled, taken = h5s.create_simple(SHAPE), h5s.create_simple(SHAPE)
    filled.select_hyperslab((0, 0, 0), (5, HEIGHT, WIDTH))
    filled.select_hyperslab((12, 0, 0), (8, HEIGHT, WIDTH), op=h5s.SELECT_OR)
    taken.select_hyperslab((0, 0, 0), (13, HEIGHT, WIDTH))
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_virtual(filled, b"a.h5", b"image", taken)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        h5py.h5d.create(file.id, b"image", h5t.STD_U8LE, h5s.create_simple(SHAPE), created)
    with pytest.raises(InputError, match="has no source for row 5"):
        open_eyes(tmp_path / "in.h5")


@pytest.mark.parametrize("name", ["look_vec", "gaze"])
def test_a_gaze_that_was_never_written_is_refused(tmp_path: Path, name: str) -> None:
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"] = pixels()
        file.create_dataset(name, (N, 3), "f4", chunks=(4, 3), fillvalue=0.5)[:8] = 1
    with pytest.raises(InputError, match=f"label '{name}': row 8 and maybe others were never written"):
        open_eyes(tmp_path / "in.h5")


def test_another_label_that_was_never_written_is_said(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"] = pixels()
        file.create_dataset("pupil", (N, 3), "f4", chunks=(4, 3))[:8] = 1
        file.create_dataset("unknown", (N, 3), "f4", chunks=(4, 3), fillvalue=np.nan)[:8] = 1
    with open_eyes(tmp_path / "in.h5") as eyes:
        assert [note.partition(": ")[2] for note in eyes.notes] == [
            "label 'pupil': row 8 and maybe others were never written; HDF5 fills them in."
        ]


def test_floats_of_two_scales_are_refused(tmp_path: Path) -> None:
    images = pixels().astype("f4")
    images[5:] /= 255
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"] = images
    with pytest.raises(InputError, match=r"picture 5 has pixels up to 1, others up to 255"):
        open_eyes(tmp_path / "in.h5")


def test_a_dark_picture_among_floats_is_read(tmp_path: Path) -> None:
    images = pixels().astype("f4")
    images[5] = images[5] > 200
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"] = images
    with open_eyes(tmp_path / "in.h5") as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, N), images)


def test_bytes_of_0_and_1_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"] = (pixels() > 127).astype("u1")
    with pytest.raises(InputError, match=r"whole numbers \(uint8\) from 0 to 1 would come out black"):
        open_eyes(tmp_path / "in.h5")


def odd_labels(path: Path, seed: int) -> None:
    """Fields with room between them, text that fills its terminated room, and labels without a value."""
    write_eyes(path, N, seed=seed).touch()
    padded, text = h5t.create(h5t.COMPOUND, 32), h5t.C_S1.copy()
    padded.insert(b"x", 4, h5t.IEEE_F32LE)
    padded.insert(b"y", 20, h5t.IEEE_F64LE)
    text.set_size(6)
    with h5py.File(path, "r+") as file:
        for name, h5_type in ((b"padded", padded), (b"code", text)):
            made = h5py.h5d.create(file.id, name, h5_type, h5s.create_simple((N,)))
            values = np.frombuffer(b"abcdef" * 200, np.uint8)[: N * h5_type.get_size()]
            made.write(h5s.ALL, h5s.ALL, values.view(f"V{h5_type.get_size()}").copy(), h5_type)
        file.create_dataset("none", (N, 0), h5py.vlen_dtype("i4"))
        file.create_dataset("no_text", (N, 0), h5py.string_dtype())


@pytest.mark.parametrize("how", [{}, {"layout": "sharded"}])
def test_odd_labels_of_one_input_and_of_two_are_carried_and_verified(tmp_path: Path, how: dict) -> None:
    paths = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for seed, path in enumerate(paths):
        odd_labels(path, seed)
    model = models.inverting(tmp_path / "refiner.onnx")
    for given in (paths[:1], paths):
        output = refine(given, model=model, labels=["padded", "code", "none", "no_text"], overwrite=True, **how).output
        assert {"padded", "code", "none", "no_text"} <= set(verify(output, against=given).labels)
        with h5py.File(output) as file:
            assert file["code"][0] == b"abcdef"


def test_attributes_that_h5py_cannot_write_are_left_out(tmp_path: Path) -> None:
    opaque = h5t.create(h5t.OPAQUE, 8)
    opaque.set_tag(b"date")
    write_eyes(tmp_path / "in.h5", N)
    with h5py.File(tmp_path / "in.h5", "r+") as file:
        h5py.h5a.create(file["look_vec"].id, b"odd", h5t.vlen_create(opaque), h5s.create_simple((2,)))
        file["image"].dims[1].label = "höhe"
    model = models.inverting(tmp_path / "refiner.onnx")
    output = refine(tmp_path / "in.h5", model=model).output
    verify(output, against=tmp_path / "in.h5")
    with open_eyes(tmp_path / "in.h5") as eyes:
        assert any("attribute 'odd' of 'look_vec' is of a type that h5py does not" in note for note in eyes.notes)
    with h5py.File(output) as file:
        assert "odd" not in file["look_vec"].attrs
        assert file["image"].dims[1].label == "höhe"


def test_a_filter_that_is_not_there_is_named(tmp_path: Path) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_chunk((4, HEIGHT, WIDTH))
    created.set_filter(305, h5py.h5z.FLAG_OPTIONAL)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        made = h5py.h5d.create(file.id, b"image", h5t.STD_U8LE, h5s.create_simple(SHAPE), created)
        for row in range(0, N, 4):
            made.write_direct_chunk((row, 0, 0), pixels()[row : row + 4].tobytes())
    with pytest.raises(InputError, match="is stored by the HDF5 filter 305, which is not installed"):
        open_eyes(tmp_path / "in.h5")


def test_pixels_of_a_source_that_were_rounded_are_refused() -> None:
    with pytest.raises(InputError, match=r"day01.mat: whole numbers \(uint8\) from 0 to 1 would come out black"):
        in_grey_levels((pixels() > 127).astype("u1"), "day01.mat")
    assert in_grey_levels(np.ones((2, 4, 4), "u1"), "day01.mat").max() == 1  # of one colour: said where it is written


def test_refining_says_that_nothing_can_be_seen(tmp_path: Path) -> None:
    images = pixels()
    images[2:4] = 0
    write_eyes(tmp_path / "in.h5", N, images=images)
    plan = plan_refining(tmp_path / "in.h5", RefineConfig(model=models.inverting(tmp_path / "refiner.onnx")))
    assert [remark.partition(": ")[2] for remark in plan.remarks] == [
        "2 of the first 11 pictures are of one colour, nothing can be seen in them"
    ]
