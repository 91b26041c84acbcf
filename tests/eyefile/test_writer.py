"""Writing eye files: complete or not there at all."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.writer import EyeWriter

RNG = np.random.default_rng(0)


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (300, 35, 55), dtype=np.uint8)
    look_vec = RNG.normal(size=(300, 3)).astype("f4")
    names = np.array([f"imgs/ü{i}.jpg" for i in range(300)], dtype=object)
    labels = {"look_vec": Label.of("f4", (3,), {"units": "unit_vector"}), "path": Label.of(h5py.string_dtype())}
    with EyeWriter(
        tmp_path / "a.h5", image_shape=(35, 55), labels=labels, attributes={"source": "test"}, provenance={"a": 1}
    ) as writer:
        for start, stop in [(0, 7), (7, 200), (200, 300)]:
            rows = slice(start, stop)
            writer.append(images[rows], {"look_vec": look_vec[rows], "path": names[rows]})
        assert not (tmp_path / "a.h5").exists()
    with open_eyes(tmp_path / "a.h5") as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 300), images)
        np.testing.assert_array_equal(eyes.read_label("look_vec", 0, 300), look_vec)
        assert eyes.read_label("path", 299, 300)[0].decode() == "imgs/ü299.jpg"
        assert eyes.labels["look_vec"].attributes["units"] == "unit_vector"
        assert eyes.provenance == {"a": 1}
        assert eyes.attributes["source"] == "test"
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["image"].chunks == (64, 35, 55)
        assert json.loads(file.attrs["provenance"]) == {"a": 1}


def test_an_error_in_the_block_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), EyeWriter(tmp_path / "a.h5", image_shape=(16, 16)) as writer:
        writer.append(np.zeros((5, 16, 16), np.uint8))
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


def test_large_pictures_take_fewer_rows_a_chunk(tmp_path: Path) -> None:
    with EyeWriter(tmp_path / "a.h5", image_shape=(512, 512, 3)) as writer:
        writer.append(np.zeros((7, 512, 512, 3), np.uint8))
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["image"].chunks == (5, 512, 512, 3)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((2, 16, 16), "f4"), {"a": np.zeros(2)}, "images must be uint8"),
        (np.zeros((2, 16, 17), "u1"), {"a": np.zeros(2)}, r"\(N, 16, 16\), got uint8 \(2, 16, 17\)"),
        (np.zeros((2, 16, 16), "u1"), {}, r"expected labels \['a'\], got \[\]"),
        (np.zeros((2, 16, 16), "u1"), {"a": np.zeros(3)}, r"label 'a' must have shape \(2,\), got \(3,\)"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, images: np.ndarray, labels: dict, said: str) -> None:
    with (
        pytest.raises(InputError, match=said),
        EyeWriter(tmp_path / "a.h5", image_shape=(16, 16), labels={"a": Label.of("f8")}) as writer,
    ):
        writer.append(images, labels)


@pytest.mark.parametrize("compression", [None, "gzip", "zstd"])
@pytest.mark.parametrize("ends", [(128, 192, 300), (100, 100, 131, 300)], ids=["whole chunks", "broken chunks"])
def test_shards_are_joined(tmp_path: Path, compression: str | None, ends: tuple[int, ...]) -> None:
    images = RNG.integers(0, 256, (300, 16, 16), dtype=np.uint8)
    text = np.array([f"n{i}" for i in range(300)], dtype=object)
    options = {"image_shape": (16, 16), "labels": {"path": Label.of(h5py.string_dtype())}, "compression": compression}
    starts = (0, *ends[:-1])
    for number, (start, stop) in enumerate(zip(starts, ends, strict=True)):
        with EyeWriter(tmp_path / f"{number}.h5", **options) as shard:
            shard.append(images[start:stop], {"path": text[start:stop]})
    with EyeWriter(tmp_path / "whole.h5", **options) as whole:
        for number in range(len(ends)):
            whole.append_shard(tmp_path / f"{number}.h5")
    with open_eyes(tmp_path / "whole.h5") as eyes:
        np.testing.assert_array_equal(eyes.read_images(0, 300), images)
        assert [name.decode() for name in eyes.read_label("path", 0, 300)] == text.tolist()


def test_a_file_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        EyeWriter(tmp_path / "a.h5", image_shape=(16, 16), attributes={"bad": {"no": object()}})
    assert list(tmp_path.iterdir()) == []
