"""The scale of eyes and irises in what different sources give: two tables of `benchmarks.photographs`."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.photograph_changes import copies
from gazeaug.eyefile.reader import open_eyes
from gazeaug.photos.eyes import MEASURED, MEASURED_MARGIN
from gazeaug.photos.iris_fit import fit_iris
from gazeaug.photos.photographs import prepare_photos
from gazeaug.photos.windows import Window
from gazeaug.sources.folders import prepare_unityeyes
from gazeaug.training.eye_scale import corner_to_corner

FRONTAL = 10  # degrees
# Corners of eyes in rows of MPIIGaze's person p00, odd days (36x60), marked by eye on enlargements with a ruler: the
# tip of the corner near the nose, and where the lids meet at the other.
MARKED = {
    363: (2.5, 55.5), 1197: (3.4, 55.4), 1380: (2.6, 55.6), 50: (3.4, 52.4), 742: (3.1, 57.1), 1271: (2.2, 54.2),
    1107: (1.5, 52.0), 685: (2.3, 54.7), 618: (1.0, 55.0), 399: (1.9, 53.9), 375: (3.1, 56.1), 1267: (2.2, 53.5),
}  # fmt: skip


def scale(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Mean eye width of three sources in pixels of crops of 36x60, MPIIGaze's own size."""
    data = real_data()
    if data is None:
        return
    rendered = widths_in(made_of_renders(data, folder))
    with h5py.File(folder / "unityeyes.h5") as file:
        tips = np.abs(file["interior_margin_2d"][:, 8, 0] - file["caruncle_2d"][..., 0].min(axis=1))
    prepare_photos(
        [copies(photographs, folder / "scale", 40, (640, 480))], folder / "real.h5", size=(36, 60), workers=1
    )
    photos = widths_in(folder / "real.h5")
    marked = np.array([right - left for left, right in MARKED.values()])
    print("| crops of 36x60, defaults | eyes | corner to corner, pixels | spread |\n|---|---|---|---|")
    for what, widths in [
        ("prepare unityeyes: middle of the caruncle to outer corner", rendered),
        ("prepare unityeyes: tip of the caruncle to outer corner", tips),
        ("mpiigaze_p00, marked by eye", marked),
        ("prepare photos", photos),
    ]:
        print(f"| {what} | {len(widths)} | {widths.mean():.1f} | {widths.std():.1f} |")


def made_of_renders(data: Path, folder: Path) -> Path:
    """UnityEyes' true pairs in crops of 36x60."""
    prepare_unityeyes(data / "unityeyes" / "output", folder / "unityeyes.h5", size=(36, 60))
    return folder / "unityeyes.h5"


def widths_in(path: Path) -> NDArray[np.float64]:
    """Widths of all eyes of a file, in pixels."""
    with open_eyes(path) as eyes:
        return corner_to_corner(eyes, 0, eyes.n_images)


def irises(_: dict[str, Image.Image], folder: Path) -> None:
    """Width of the iris over that of the eye: UnityEyes' renders, MPIIGaze's p00, anatomy."""
    data = real_data()
    if data is None:
        return
    eyes = made_of_renders(data, folder)
    with h5py.File(eyes) as file:
        rims = file["iris_2d"][()]
        turned = np.abs((file["head_pose"][:, 1].astype(float) - 180 + 180) % 360 - 180)
    widths = np.linalg.norm(rims[:, :, None] - rims[:, None], axis=-1).max(axis=(1, 2))
    rendered = widths / widths_in(eyes)
    frontal = rendered[turned < FRONTAL]
    print("| eyes | number | iris over corner to corner | spread |\n|---|---|---|---|")
    for what, shares in [
        ("UnityEyes, all", rendered),
        (f"UnityEyes, seen from less than {FRONTAL} degrees to a side", frontal),
        *((f"mpiigaze_p00, fitted from {100 * start:.0f} %", p00_irises(data, start)) for start in (0.32, 0.39, 0.46)),
    ]:
        print(f"| {what} | {len(shares)} | {shares.mean():.2f} | {shares.std():.2f} |")
    print("| anatomy: 11.7 of 30 mm | | 0.39 | |")


def p00_irises(data: Path, start: float) -> NDArray[np.float64]:
    """Width of the iris over that of the eye in the marked eyes of p00, searched from a first guess of it."""
    with np.load(data / "mpiigaze_p00" / "dev.npz") as file:
        images = file["image"]
    quarters, sixteenths = np.arange(4) * np.pi / 2, np.arange(16) * np.pi / 8
    height, width = MEASURED
    eye = width / MEASURED_MARGIN
    middle = np.array([width - 1, height - 1]) / 2
    lids = middle + np.column_stack([-np.cos(sixteenths), -0.42 * np.sin(sixteenths)]) * eye / 2
    rim = middle + np.column_stack([np.cos(quarters), np.sin(quarters)]) * start * eye / 2
    shares = []
    for row, (left, right) in MARKED.items():
        window = Window(
            centre=((left + right) / 2 + 0.5, 18), width=MEASURED_MARGIN * (right - left), angle=0.0, size=MEASURED
        )
        found = fit_iris(window.cut(Image.fromarray(images[row])), lids, rim)
        shares.append(2 * np.linalg.norm(found - found.mean(axis=0), axis=1).mean() / eye)
    return np.array(shares)


def real_data() -> Path | None:
    """The folder of real data; says where it is missing."""
    data = Path(os.environ.get("GAZEAUG_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if data.is_dir():
        return data
    print(f"the real data are not at {data}")
    return None
