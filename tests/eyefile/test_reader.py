"""Opening eye files: both layouts, every number type, every label kind, and refusals that say what is wrong."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import gazeaug.eyefile.labels
from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import open_eyes
from tests.makers.eye_files import write_eyes

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (23, 16, 18), dtype=np.uint8)


def eye_file(path: Path, **datasets: object) -> Path:
    with h5py.File(path, "w") as file:
        for name, data in datasets.items():
            file[name] = data
    return path


def kaggle_file(target: Path, keys: list[str], images: np.ndarray, **datasets: object) -> Path:
    with h5py.File(target, "w") as file:
        for key, image in zip(keys, images, strict=True):
            file[f"image/{key}"] = image
        for name, data in datasets.items():
            file[name] = data
    return target


@pytest.mark.parametrize("dtype", ["u1", "i4", "u2", "f4", "f8"])
def test_images_of_every_number_type_read_as_the_same_uint8(tmp_path: Path, dtype: str) -> None:
    with open_eyes(eye_file(tmp_path / "a.h5", image=IMAGES.astype(dtype))) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 23), IMAGES)
        np.testing.assert_array_equal(eyes.read_images(20, 23), IMAGES[20:])
        np.testing.assert_array_equal(eyes.read_rows(np.array([7, 2, 22])), IMAGES[[7, 2, 22]])


def test_floats_from_0_to_1_are_grey_levels(tmp_path: Path) -> None:
    with open_eyes(eye_file(tmp_path / "a.h5", image=(IMAGES / 255).astype("f4"))) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 23), IMAGES)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (IMAGES.astype("f4") - 1, "found float32 from -1"),
        (IMAGES.astype("f4") * 2, "to 510"),
        (np.full((3, 16, 16), 1.5), "fit neither 0..1 nor 0..255"),
        (np.eye(16, dtype=np.int64)[None], "whole numbers (int64) from 0 to 1 would come out black"),
        (np.full((3, 16, 16), np.nan), "found NaN"),
        (np.zeros((3, 16, 16), "S3"), "found |S3"),
        (np.zeros((3, 3, 16, 16), "u1"), "found (3, 3, 16, 16)"),
        (np.zeros((0, 16, 16), "u1"), "holds no pictures"),
    ],
)
def test_other_pixels_are_refused(tmp_path: Path, images: np.ndarray, said: str) -> None:
    path = eye_file(tmp_path / "a.h5", image=images)
    with pytest.raises(InputError) as refusal:
        open_eyes(path)
    assert said in str(refusal.value)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(("lowest", "highest"), [(0, 1 + 1e-6), (-1e-6, 1.0), (-0.3, 255.3), (0, 254.6)])
def test_rounding_errors_beyond_black_and_white_are_rounded_away(tmp_path: Path, lowest: float, highest: float) -> None:
    with open_eyes(eye_file(tmp_path / "a.h5", image=np.linspace(lowest, highest, 256).reshape(1, 16, 16))) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 1), np.arange(256, dtype="u1").reshape(1, 16, 16))


@pytest.mark.parametrize(("shape", "channels"), [((5, 16, 17, 1), 1), ((5, 16, 17, 3), 3)])
def test_a_channel_axis(tmp_path: Path, shape: tuple[int, ...], channels: int) -> None:
    images = RNG.integers(0, 256, shape, dtype=np.uint8)
    with open_eyes(eye_file(tmp_path / "a.h5", image=images)) as eyes:
        assert (eyes.height, eyes.width, eyes.channels) == (16, 17, channels)
        np.testing.assert_array_equal(eyes.read_images(1, 3), images[1:3].reshape(2, *eyes.image_shape))


def test_labels_of_every_kind_are_described_and_read(tmp_path: Path) -> None:
    labels = {
        "look_vec": RNG.normal(size=(23, 4)).astype(">f8"),
        "head/pose": RNG.normal(size=(23, 3)),
        "fixed": np.array([f"n{i}".encode() for i in range(23)]),
        "pair": np.zeros(23, [("x", "f4"), ("y", "i2")]),
    }
    path = eye_file(tmp_path / "a.h5", image=IMAGES, **labels)
    with h5py.File(path, "a") as file:
        file.create_dataset("path", data=[f"imgs/ä{i}.jpg" for i in range(23)], dtype=h5py.string_dtype())
        file["look_vec"].attrs["units"] = "unit_vector"
    with open_eyes(path) as eyes:
        assert sorted(eyes.labels) == ["fixed", "head/pose", "look_vec", "pair", "path"]
        assert eyes.labels["look_vec"].attributes["units"] == "unit_vector"
        for name, rows in labels.items():
            np.testing.assert_array_equal(eyes.read_label(name, 3, 9), rows[3:9])
        assert eyes.read_label("path", 4, 5)[0].decode() == "imgs/ä4.jpg"
        with h5py.File(tmp_path / "twin.h5", "w") as twin:
            for name, label in eyes.labels.items():
                made = label.create(twin, name, 23)
                assert made.id.get_type().equal(eyes.labels[name].h5_type)


@pytest.mark.parametrize("form", ["imgs/{}.jpg", "{}", "{}.png"])
def test_kaggle_pictures_join_their_rows_by_path_not_by_order(tmp_path: Path, form: str) -> None:
    order = RNG.permutation(23)  # rows stand in any order; HDF5 iterates the keys as text
    look_vec = RNG.normal(size=(23, 4)).astype("f4")
    path = kaggle_file(
        tmp_path / "gaze.h5",
        [str(i) for i in range(23)],
        IMAGES,
        look_vec=look_vec[order],
        path=[form.format(i) for i in order],
    )
    with open_eyes(path) as eyes:
        assert (eyes.layout, eyes.n_images) == ("kaggle", 23)
        np.testing.assert_array_equal(eyes.read_images(0, 23), IMAGES[order])
        np.testing.assert_array_equal(eyes.read_label("look_vec", 0, 23), look_vec[order])


def test_kaggle_pictures_without_labels_come_in_natural_order(tmp_path: Path) -> None:
    with open_eyes(kaggle_file(tmp_path / "real.h5", [f"{i}.png" for i in range(23)], IMAGES.astype("f4"))) as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 23), IMAGES)


@pytest.mark.parametrize(
    "paths",
    [[f"p{i}" for i in range(23)], [str(i) for i in range(22)], ["1"] * 23, [*map(str, range(22)), "x99"]],
    ids=["none matches", "one missing", "all the same", "one stray"],
)
def test_kaggle_pictures_that_do_not_join_are_refused(tmp_path: Path, paths: list[str]) -> None:
    keys = [str(i) for i in range(23)]
    look_vec = np.zeros((len(paths), 3))
    path = kaggle_file(tmp_path / "gaze.h5", keys, IMAGES, look_vec=look_vec, path=paths)
    with pytest.raises(InputError, match=r"do not join the .* rows of 'path' one to one: keys '.* against paths '"):
        open_eyes(path)


def test_kaggle_labels_without_path_are_refused(tmp_path: Path) -> None:
    path = kaggle_file(tmp_path / "gaze.h5", ["1", "2"], IMAGES[:2], look_vec=np.zeros((2, 3)))
    with pytest.raises(InputError, match="needs a dataset 'path'"):
        open_eyes(path)


def test_kaggle_pictures_of_two_sizes_are_refused_by_name(tmp_path: Path) -> None:
    path = kaggle_file(tmp_path / "gaze.h5", ["1", "2"], IMAGES[:2])
    with h5py.File(path, "a") as file:
        file["image/7"] = np.zeros((4, 4), "u1")
    with open_eyes(path) as eyes, pytest.raises(InputError, match=r"picture '7' is \(4, 4\)"):
        eyes.read_images(0, 3)


def test_links_that_leave_the_file_are_refused_and_inner_ones_followed(tmp_path: Path) -> None:
    other = eye_file(tmp_path / "other.h5", image=IMAGES)
    path = eye_file(tmp_path / "a.h5", image=IMAGES)
    with h5py.File(path, "a") as file:
        file["twice/copy"] = h5py.SoftLink("/image")
    with open_eyes(path, image="twice/copy") as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 2), IMAGES[:2])
    for name, link in [
        ("far", h5py.ExternalLink(str(other), "/image")),
        ("via", h5py.SoftLink("/far")),
        ("lost", h5py.SoftLink("/nowhere")),
        ("circle", h5py.SoftLink("/circle")),
    ]:
        linked = eye_file(tmp_path / f"{name}.h5", image=IMAGES)
        with h5py.File(linked, "a") as file:
            if name == "via":
                file["far"] = h5py.ExternalLink(str(other), "/image")
            file[name] = link
        with pytest.raises(InputError, match="link '") as refusal:
            open_eyes(linked)
        assert name in str(refusal.value) or name == "via"


def test_bytes_stored_outside_the_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raw.bin").write_bytes(IMAGES.tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("image", IMAGES.shape, "u1", external=[(str(tmp_path / "raw.bin"), 0, h5py.h5f.UNLIMITED)])
    with pytest.raises(InputError, match=r"keeps its bytes in '.*raw.bin'"):
        open_eyes(tmp_path / "a.h5")


def test_virtual_datasets_over_files_of_the_same_folder_are_read(tmp_path: Path) -> None:
    for half, rows in [("x", IMAGES[:10]), ("y", IMAGES[10:])]:
        eye_file(tmp_path / f"{half}.h5", image=rows)
    layout = h5py.VirtualLayout(IMAGES.shape, "u1")
    layout[:10] = h5py.VirtualSource("x.h5", "image", (10, 16, 18))
    layout[10:] = h5py.VirtualSource("y.h5", "image", (13, 16, 18))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("image", layout)
    with open_eyes(tmp_path / "a.h5") as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 23), IMAGES)
    (tmp_path / "y.h5").unlink()
    with pytest.raises(InputError, match=r"needs 'y\.h5'"):
        open_eyes(tmp_path / "a.h5")


def test_a_damaged_chunk_is_reported_by_its_rows(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("image", data=IMAGES, chunks=(4, 16, 18), compression="gzip")
        offset = made.id.get_chunk_info(2).byte_offset
    with (tmp_path / "a.h5").open("r+b") as stream:
        stream.seek(offset)
        stream.write(b"\xff" * 40)
    with open_eyes(tmp_path / "a.h5") as eyes:
        eyes.read_images(0, 8)
        with pytest.raises(InputError, match="rows 8 to 11 of 'image' cannot be read"):
            eyes.read_images(8, 12)


def test_a_label_described_by_hand_equals_one_described_by_a_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = np.zeros((2, 3), "f4")
        described = Label.like(file["a"])
    assert described.h5_type.equal(Label.of("f4", (3,)).h5_type)
    assert (described.shape, described.row_bytes) == ((3,), 12)


@pytest.mark.parametrize("row", [0, 1, 4])
def test_a_text_that_claims_to_be_longer_than_its_file_is_refused(
    tmp_path: Path, row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HDF5 would reserve the memory, gigabytes of it, before it finds that there is no such text."""
    monkeypatch.setattr(gazeaug.eyefile.labels, "VALUES_AT_ONCE", 2)
    path = write_eyes(tmp_path / "a.h5", 5)
    with h5py.File(path) as file:
        chunk = file["path"].id.get_chunk_info(0) if file["path"].chunks else None
        place = file["path"].id.get_offset() if chunk is None else chunk.byte_offset
    data = bytearray(path.read_bytes())
    data[place + row * 16 + 3] = 0x7F  # the highest byte of a text's length
    path.write_bytes(data)
    damaged = pytest.raises(InputError, match="label 'path' is damaged: it has values that are longer than the file")
    with damaged:
        open_eyes(path)
    with open_eyes(path, lazy=True) as eyes:
        assert len(eyes.read_images(0, 5)) == len(eyes.read_label("look_vec", 0, 5)) == 5
        for _ in range(2):
            with damaged:
                eyes.read_label("path", 3, 4)
