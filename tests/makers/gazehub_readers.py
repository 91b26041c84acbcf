"""Faithful copies of the public readers of GazeHub's folders: the same fields, separators, pictures and demands.

Source: reader files of GazeHub's repositories Gaze-Net, Mnist, Dilated-Net, RT-Gene, Full-face, GazeTR and PureGaze,
and l2cs/datasets.py of L2CS-Net; what their trainers do with the label folder, and the assertion of their gtools.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Sample:
    """What a reader hands to its trainer."""

    pictures: Mapping[str, Array]
    """(channels, H, W), as the network takes them."""
    files: Mapping[str, Array]
    """The same as they came from the disk, (H, W, 3) BGR or (H, W)."""
    gaze: Array
    head: Array | None
    name: str


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A reader that picks fields by number."""

    repository: str
    file: str
    columns: str
    """The layout that it is for."""
    pictures: Mapping[str, tuple[int, tuple[int, int] | None]]
    """Field and (W, H) to which it resizes, by the network's input."""
    gaze: int
    head: int | None
    name: int
    is_grey: bool = False
    is_normalised: bool = False
    """By the mean and deviation of ImageNet."""
    leaves_one_out: bool = True
    """The label path is a folder, of which each file in turn is the test set."""
    label: str = "Label"
    root: str = "Image"

    def samples(self, folder: Path) -> Iterator[Sample]:
        """All rows, test set by test set where it leaves one out: each file once."""
        label = folder / self.label
        for path in self.label_files(label):
            with open(path, encoding="utf-8") as file:
                lines = file.readlines()
            lines.pop(0)
            for line in lines:
                yield self.sample(folder / self.root, line.strip().split(" "))

    def label_files(self, label: Path) -> Sequence[Path]:
        if not self.leaves_one_out:
            return [label]
        names = sorted(os.listdir(label))
        assert len(names) > 1, "nothing is left to train on"
        return [label / name for name in names]

    def sample(self, root: Path, line: Sequence[str]) -> Sample:
        files = {key: imread(root / line[k], is_grey=self.is_grey) for key, (k, _) in self.pictures.items()}
        pictures = {key: self.as_input(image, self.pictures[key][1]) for key, image in files.items()}
        gaze = np.array(line[self.gaze].split(",")).astype("float")
        assert gaze.size == 2, "The size of gaze must be 2"
        head = None if self.head is None else np.array(line[self.head].split(",")).astype("float")
        return Sample(pictures, files, gaze.astype("f4"), None if head is None else head.astype("f4"), line[self.name])

    def as_input(self, image: Array, size: tuple[int, int] | None) -> Array:
        if size is not None:
            image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
        scaled = image / 255.0
        if self.is_normalised:
            scaled = (scaled - MEAN) / STD  # three channels or none
        return np.expand_dims(scaled, 0) if self.is_grey else scaled.transpose(2, 0, 1)


def imread(path: Path, *, is_grey: bool) -> Array:
    """As cv2.imread: three channels, blue first, also of a grey file; with the flag 0 grey."""
    assert path.is_file(), f"cv2.imread gives None of {path}"
    with Image.open(path) as image:
        return np.asarray(image.convert("L")) if is_grey else np.asarray(image.convert("RGB"))[..., ::-1]


EYE = {"eye": (0, None)}
EYES = {"left": (1, None), "right": (2, None)}
RESIZED = {"face": (0, (96, 96)), "left": (1, (96, 64)), "right": (2, (96, 64))}
FACE, LARGE = {"face": (0, None)}, {"face": (0, (448, 448))}

READERS = [
    Reader(repository="Gaze-Net", file="reader.py", columns="eye", pictures=EYE, gaze=5, head=6, name=1),
    *(
        Reader(repository="Mnist", file=file, columns="eye", pictures=EYE, gaze=5, head=6, name=name, is_grey=True)
        for file, name in [("reader_mpii.py", 0), ("reader_diap.py", 0), ("reader_ut.py", 1)]
    ),
    Reader(repository="Dilated-Net", file="reader_mpii.py", columns="face", pictures=RESIZED, gaze=7, head=8, name=3),
    Reader(repository="Full-face", file="reader_mpii.py", columns="face", pictures=LARGE, gaze=7, head=8, name=3),
    Reader(
        repository="RT-Gene",
        file="reader_mpii.py",
        columns="face",
        pictures=EYES,
        gaze=7,
        head=8,
        name=3,
        is_normalised=True,
    ),
    Reader(repository="GazeTR", file="reader.py mpii", columns="face", pictures=FACE, gaze=7, head=8, name=3),
    Reader(repository="PureGaze", file="reader_adap.py mpii", columns="face", pictures=FACE, gaze=7, head=8, name=3),
    Reader(
        repository="Dilated-Net", file="reader_diap.py", columns="eyediap", pictures=RESIZED, gaze=6, head=7, name=3
    ),
    Reader(repository="Full-face", file="reader_diap.py", columns="eyediap", pictures=LARGE, gaze=6, head=7, name=3),
    Reader(repository="RT-Gene", file="reader_diap.py", columns="eyediap", pictures=EYES, gaze=6, head=7, name=3),
    Reader(repository="GazeTR", file="reader.py diap", columns="eyediap", pictures=FACE, gaze=6, head=7, name=3),
    Reader(repository="PureGaze", file="reader_adap.py diap", columns="eyediap", pictures=FACE, gaze=6, head=7, name=3),
    *(
        Reader(
            repository=repository,
            file=file,
            columns="gaze360",
            pictures=pictures,
            gaze=5,
            head=None,
            name=3,
            label="Label/train.label",
            leaves_one_out=False,
        )
        for repository, file, pictures in [
            ("Dilated-Net", "reader_gaze360.py", RESIZED),
            ("Full-face", "reader_gaze360.py", LARGE),
            ("RT-Gene", "reader_gaze360.py", EYES),
            ("GazeTR", "reader.py gaze360", FACE),
            ("PureGaze", "reader_adap.py gaze360", FACE),
        ]
    ),
    *(
        Reader(
            repository=repository,
            file=file,
            columns="eth",
            pictures=pictures,
            gaze=1,
            head=2,
            name=name,
            label="Label/trainYP.label",
            root="Image/train",
            leaves_one_out=False,
        )
        for repository, file, pictures, name in [
            ("Full-face", "reader_eth.py", LARGE, 0),
            ("GazeTR", "reader.py eth", FACE, 3),
            ("PureGaze", "reader_adap.py eth", FACE, 3),
        ]
    ),
    *(
        Reader(
            repository=repository,
            file=file,
            columns="rt-gene",
            pictures=pictures,
            gaze=6,
            head=7,
            name=0,
            label="Label/train",
        )
        for repository, file, pictures in [
            ("Dilated-Net", "reader_rt.py", RESIZED),
            ("Full-face", "reader_rt.py", LARGE),
            ("GazeTR", "reader.py rt", FACE),
        ]
    ),
]


def l2cs_gaze360(label: Path, root: Path, angle: int = 180) -> Iterator[Sample]:
    """L2CS-Net's class Gaze360: one file, field 5 for two angles, rows within an angle."""
    lines = label.read_text("utf-8").splitlines()
    lines.pop(0)
    for text in lines:
        line = text.strip().split(" ")
        yield from l2cs_sample(line, root, line[5], None, line[3], angle)


def l2cs_mpiigaze(labels: Sequence[Path], root: Path, fold: int, *, train: bool, angle: int = 42) -> Iterator[Sample]:
    """L2CS-Net's class Mpiigaze: a file a person, field 7 for two angles, rows within 42 degrees."""
    paths = list(labels)
    one = paths.pop(fold)
    for path in paths if train else [one]:
        lines = path.read_text("utf-8").splitlines()
        lines.pop(0)
        for text in lines:
            line = text.strip().split(" ")
            yield from l2cs_sample(line, root, line[7], line[8], line[3], angle if train else 42)


def l2cs_sample(
    line: Sequence[str], root: Path, gaze: str, head: str | None, name: str, angle: int
) -> Iterator[Sample]:
    """What both of its classes do with a line."""
    label = np.array(gaze.split(",")).astype("float")
    if abs(label[0] * 180 / np.pi) > angle or abs(label[1] * 180 / np.pi) > angle:
        return
    with Image.open(root / line[0]) as image:  # Pillow: grey stays grey
        found = np.asarray(image)
    # It takes the first two numbers, however many there are.
    yield Sample(
        {}, {"face": found}, label[:2].astype("f4"), None if head is None else np.float32(head.split(",")), name
    )
