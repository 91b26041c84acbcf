"""Sources of every kind, made for benchmarks by the makers of the tests, and the way in which each is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import numpy as np
from PIL import Image

from gazeaug.pictures.crops import resize_pictures
from gazeaug.preparing.job import PrepareReport
from gazeaug.sources.folders import prepare_columbia, prepare_folder, prepare_unityeyes, prepare_unityeyes2
from gazeaug.sources.hdf5 import copy_eyes, prepare_kaggle, prepare_mpiigaze_h5, prepare_xgaze
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from gazeaug.sources.syntheseyes import prepare_syntheseyes
from gazeaug.sources.utmultiview import prepare_utmultiview
from tests.makers import sources

EYES_A_DAY = 200
VIEWS = 8  # of each eye in UT Multiview's set test


@dataclass(frozen=True, kw_only=True)
class ListedSize:
    """How much there is of MPIIGaze and of its evaluation subset."""

    n_people: int
    n_days: int
    """Of each person."""
    n_pictures: int
    """Of each day."""
    n_listed: int
    """Eyes of each person."""


LISTED = ListedSize(n_people=15, n_days=93, n_pictures=153, n_listed=3_000)  # 213,435 pictures; MPIIGaze has 213,659
N_MADE_DAYS = 8  # that differ; the others are copies of them
NOISE = 3.0  # of a camera, in grey levels


@dataclass(frozen=True)
class MadeSource:
    """How a kind is made, what it then is, and what reads it."""

    write: Callable[[Path, int], Path]
    what: str
    prepare: Callable[[Path, Path], PrepareReport]
    n: int = 400
    """Eyes; more of what is read fast."""


def write_jpegs(folder: Path, n: int, size: tuple[int, int]) -> Path:
    """Rendered eyes as JPEGs of (width, height), in colour as cameras write them."""
    folder.mkdir()
    eyes = sources.rendered(n)
    for i, image in enumerate(eyes.images):
        Image.fromarray(image).convert("RGB").resize(size).save(folder / f"{i}.jpg", quality=90)
    return folder


def write_days(folder: Path, n: int) -> Path:
    """MPIIGaze in MATLAB's format 5, days of 100 pictures of two eyes."""
    for day in range(n // EYES_A_DAY):
        made = sources.make_day(EYES_A_DAY // 2, day)
        sources.write_format_5(folder / "p00" / f"day{day + 1:02d}.mat", made)
    return folder


def write_listed_days(folder: Path, lists: Path, size: ListedSize) -> Path:
    """MPIIGaze at a size, rendered, compressed as MATLAB does, and lists that draw eyes at random."""
    from scipy import io

    dice, names = np.random.default_rng(0), sources.names_of(size.n_pictures)
    cells = np.array([[name] for name in names], object)
    lists.mkdir()
    for number in range(N_MADE_DAYS):
        day = sources.make_day(size.n_pictures, number)
        for side in day.values():
            eyes = resize_pictures(sources.rendered(size.n_pictures).images, (36, 60))
            noise = dice.normal(0, NOISE, eyes.shape)  # without which they would take a tenth of the room
            side["image"] = np.clip(eyes + noise, 0, 255).astype(np.uint8)
        io.savemat(lists / f"{number}.mat", {"data": day, "filenames": cells}, do_compression=True)
    for person in range(size.n_people):
        (folder / f"p{person:02d}").mkdir(parents=True)
        for number in range(size.n_days):
            made = lists / f"{(person + number) % N_MADE_DAYS}.mat"
            copy(made, folder / f"p{person:02d}" / f"day{number + 1:02d}.mat")
        days, rows = (dice.integers(0, n, size.n_listed) for n in (size.n_days, size.n_pictures))
        lines = [
            f"day{number + 1:02d}/{names[row]} {'left' if i % 2 else 'right'}\n"
            for i, (number, row) in enumerate(zip(days, rows, strict=True))
        ]
        (lists / f"p{person:02d}.txt").write_text("".join(lines))
    return folder


def write_recordings(folder: Path, n: int) -> Path:
    """UT Multiview's set test, pictures in zips."""
    for number in range(n // VIEWS):
        person, target = divmod(number, 160)
        made = sources.make_recording(f"s{person:02d}/test/{target:03d}_left", VIEWS, number)
        sources.write_recording(folder, made)
    return folder


def recordings_by_one_process(folder: Path, output: Path) -> PrepareReport:
    """UT Multiview read by one process, as the others are."""
    return prepare_utmultiview(folder, output, workers=1)


def by_one_process(folder: Path, output: Path) -> PrepareReport:
    """MPIIGaze read by one process, as the others are."""
    return prepare_mpiigaze(folder, output, workers=1)


def write_eyes(path: Path, n: int) -> Path:
    """An eye file, by way of the Kaggle layout."""
    given = sources.write_kaggle(path.with_name("as-kaggle.h5"), n)
    return prepare_kaggle(given, path).output


def resized(path: Path, output: Path) -> PrepareReport:
    """An eye file in MPIIGaze's size."""
    return copy_eyes(path, output, size=(36, 60))


def write_views(folder: Path, n: int) -> Path:
    """UnityEyes2, two cameras."""
    return sources.write_unityeyes2(folder, n // 2)


SOURCES = {
    "unityeyes": MadeSource(sources.write_unityeyes, "800x600 JPEG and JSON", prepare_unityeyes),
    "unityeyes2": MadeSource(write_views, "800x600 JPEG and JSON, two cameras", prepare_unityeyes2),
    "syntheseyes": MadeSource(sources.write_syntheseyes, "330x210 RGBA PNG and pickle", prepare_syntheseyes),
    "columbia": MadeSource(sources.write_columbia, "330x210 JPEG", prepare_columbia),
    "folder": MadeSource(lambda path, n: write_jpegs(path, n, (640, 480)), "640x480 JPEG", prepare_folder),
    "mpiigaze": MadeSource(write_days, "36x60, MATLAB's format 5", by_one_process, 4_000),
    "utmultiview": MadeSource(write_recordings, "36x60 BMP in zips", recordings_by_one_process, 4_000),
    "mpiigaze-h5": MadeSource(sources.write_mpiigaze_h5, "36x60", prepare_mpiigaze_h5, 20_000),
    "xgaze": MadeSource(sources.write_xgaze, "224x224 BGR", prepare_xgaze),
    "kaggle": MadeSource(sources.write_kaggle, "35x55", prepare_kaggle, 4_000),
    "eyes": MadeSource(write_eyes, "35x55, resized to 36x60", resized, 4_000),
}
