"""How well and how fast eyes are found in photographs: `python -m benchmarks.photographs [TABLE...]`.

Runs where the extra 'eyes' and scikit-image are: `make test-eyes` makes such an environment, .venv-eyes. Where the real
data are (see `tests/test_real_data.py`) the scale of three sources is compared too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.photograph_changes import (
    CHANGES,
    corners,
    error_of,
    pupil_errors,
    read_photographs,
    turned_away,
    with_closed_eyes,
)
from gazeaug.iris_fit import fit_iris
from gazeaug.mediapipe_faces import MediapipeFaces, open_finder
from gazeaug.photo_eyes import MEASURED, MEASURED_MARGIN, PhotoOptions, eyes_in, find_eyes
from gazeaug.photos import prepare_photos
from gazeaug.pictures import read_upright
from gazeaug.prepare import prepare_unityeyes
from gazeaug.windows import Window

N_PASTED, N_TIMED, N_FEW, N_MANY = 40, 60, 200, 2_000
FRONTAL = 10  # degrees
DIFFERENT = 40  # pictures; what is more are copies
# Corners of eyes in rows of MPIIGaze's person p00, odd days (36x60), marked by eye on enlargements with a ruler: the
# tip of the corner near the nose, and where the lids meet at the other.
MARKED = {
    363: (2.5, 55.5), 1197: (3.4, 55.4), 1380: (2.6, 55.6), 50: (3.4, 52.4), 742: (3.1, 57.1), 1271: (2.2, 54.2),
    1107: (1.5, 52.0), 685: (2.3, 54.7), 618: (1.0, 55.0), 399: (1.9, 53.9), 375: (3.1, 56.1), 1267: (2.2, 53.5),
}  # fmt: skip
TURNED = {
    f"the far half squeezed to {100 * share:.0f} %": partial(turned_away, share=share) for share in (0.7, 0.5, 0.4, 0.3)
}
PEAK = """
import sys
from gazeaug.photos import prepare_photos
prepare_photos([sys.argv[1]], sys.argv[2], workers=1)
print("PEAK", open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def main(*names: str) -> None:
    """Print the tables of those names, or all, where the extra is."""
    if not all(map(find_spec, ("mediapipe", "skimage", "matplotlib"))):
        print("photographs: needs the extra 'eyes' and scikit-image; run it in .venv-eyes (make test-eyes)")
        return
    photographs = read_photographs()
    for table in (detection, filters, pupils, speed, memory, scale, irises):
        if not names or table.__name__ in names:
            with tempfile.TemporaryDirectory() as name:
                table(photographs, Path(name))
            print(flush=True)


def detection(photographs: dict[str, Image.Image], _: Path) -> None:
    """Faces found, and how far their corners lie from where the unchanged photograph has them."""
    finder = open_finder()
    print(
        "| pictures | faces found | further ones | corner error, % of the eye's width: mean, worst |\n|---|---|---|---|"
    )
    known = {name: corners(finder.find_faces(picture)[0]) for name, picture in photographs.items()}
    for change, (alter, moved) in CHANGES.items():
        errors, n_more = [], 0
        for name, picture in photographs.items():
            found = finder.find_faces(alter(picture))
            off = sorted(error_of(face, moved(known[name], picture)) for face in found)
            errors += off[:1]
            n_more += len(off[1:])
        figures = f"{100 * np.mean(errors):.1f}, {100 * max(errors):.1f}" if errors else ""
        print(f"| {change} | {len(errors)} of {len(photographs)} | {n_more} | {figures} |")
    for what, pictures, n_faces in other_pictures(photographs):
        for way, one in [("", finder), (", thorough", MediapipeFaces(thorough=True))]:
            n_found = sum(len(one.find_faces(picture)) for picture in pictures)
            n_right = min(n_found, n_faces)
            print(f"| {what}{way} | {n_right} of {n_faces} | {n_found - n_right} | |")


def other_pictures(photographs: dict[str, Image.Image]) -> list[tuple[str, list[Image.Image], int]]:
    """Sets of pictures by name, with how many faces they hold."""
    import skimage.data

    canvas = Image.new("RGB", (1600, 700), (90, 100, 110))
    for i, picture in enumerate(photographs.values()):
        canvas.paste(picture, (20 + 560 * i, 40))
    small = (np.clip(skimage.data.lfw_subset(), 0, 1) * 255).astype(np.uint8)
    framed = [enlarged(pixels) for pixels in small]
    without = [Image.fromarray(getattr(skimage.data, name)()) for name in ("chelsea", "coffee", "brick", "rocket")]
    return [
        ("both on one canvas of 1600x700", [canvas], len(photographs)),
        ("lfw_subset: 100 faces of 25x25, 8 times enlarged", framed[:100], 100),
        ("lfw_subset: 100 cuts without a face", framed[100:], 0),
        ("chelsea, coffee, brick, rocket", [picture.convert("RGB") for picture in without], 0),
    ]


def enlarged(pixels: np.ndarray) -> Image.Image:
    """A tiny picture 8 times as large, with its edges repeated around it."""
    large = Image.fromarray(pixels).resize((200, 200), Image.Resampling.BICUBIC)
    return Image.fromarray(np.pad(np.asarray(large), 100, mode="edge")).convert("RGB")


def filters(photographs: dict[str, Image.Image], _: Path) -> None:
    """What the filters do with faces whose eyes are closed, and with faces squeezed on the far side."""
    finder = open_finder()
    print("| pictures | eyes | kept | left out |\n|---|---|---|---|")
    for what, alter in {"as they are": lambda p, _: p, "lids drawn down": with_closed_eyes, **TURNED}.items():
        reasons = []
        for picture in photographs.values():
            changed = alter(picture, finder.find_faces(picture)[0])
            reasons += [eye.left_out for eye in eyes_in(changed, finder, PhotoOptions())]
        said = ", ".join(sorted(reason.split(" is below")[0] for reason in reasons if reason))
        print(f"| {what} | {len(reasons)} | {reasons.count(None)} | {said} |")


def pupils(photographs: dict[str, Image.Image], _: Path) -> None:
    """How far `iris_2d` lies from known pupils of rendered eyes in the place of the photographs' own."""
    print("| rendered eyes in photographs | pupil error, pixels of 55: mean | median | 90 % | within 1 |")
    print("|---|---|---|---|---|")
    for domain in ("synthetic", "camera"):
        errors = pupil_errors(photographs, N_PASTED, domain=domain, seed=3)
        near = f"{100 * np.mean(errors < 1):.0f} % of {len(errors)}"
        print(f"| {domain} | {errors.mean():.2f} | {np.median(errors):.2f} | {np.quantile(errors, 0.9):.2f} | {near} |")


def copies(photographs: dict[str, Image.Image], folder: Path, n: int, size: tuple[int, int]) -> Path:
    """A folder of JPEGs of one size, the photographs in turn, in `DIFFERENT` lights and places."""
    folder.mkdir()
    for i in range(min(n, DIFFERENT)):
        picture = list(photographs.values())[i % len(photographs)]
        frame = Image.new("RGB", size, (110, 110, 100))
        least = min(picture.height, size[1])
        smaller = picture.resize((picture.width * least // picture.height, least))
        frame.paste(smaller.point(lambda v, i=i: v * (1 - i % 40 / 100)), ((7 * i) % (size[0] - smaller.width + 1), 0))
        frame.save(folder / f"{i}.jpg", quality=90)
    for i in range(DIFFERENT, n):
        shutil.copyfile(folder / f"{i % DIFFERENT}.jpg", folder / f"{i}.jpg")
    return folder


def speed(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Pictures a second of a core, so that a busy machine says the same, and over what decoding alone gives."""
    print("| JPEGs | pictures a second and core | over decoding alone |\n|---|---|---|")
    for size in [(640, 480), (1920, 1080)]:
        paths = sorted(copies(photographs, folder / f"{size[0]}", N_TIMED, size).iterdir())
        find_eyes(paths[0])
        began = time.process_time()
        for path in paths:
            read_upright(path, color=True)
        decoded = time.process_time()
        for path in paths:
            find_eyes(path)
        seconds = time.process_time() - decoded
        share = (decoded - began) / seconds
        print(f"| {size[0]}x{size[1]} | {N_TIMED / seconds:.1f} | {share:.2f} |", flush=True)


def memory(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Peak memory of `prepare photos` over few and many pictures."""
    print("| pictures of 640x480, one process | peak memory, MiB | eyes kept |\n|---|---|---|")
    for n in (N_MANY, N_FEW):
        source = copies(photographs, folder / f"n{n}", n, (640, 480))
        output = folder / f"{n}.h5"
        command = [sys.executable, "-c", PEAK, str(source), str(output)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        with h5py.File(output) as file:
            n_kept = len(file["image"])
        print(f"| {n:,} | {int(said.split('PEAK')[1]) / 1024:.0f} | {n_kept:,} |", flush=True)


def scale(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Mean eye width of three sources in pixels of crops of 36x60, MPIIGaze's own size."""
    data = real_data()
    if data is None:
        return
    prepare_unityeyes(data / "unityeyes" / "output", folder / "unityeyes.h5", size=(36, 60))
    with h5py.File(folder / "unityeyes.h5") as file:
        noses, lids = file["caruncle_2d"][()], file["interior_margin_2d"][()]
        rendered = np.linalg.norm(lids[:, 8] - noses.mean(axis=1), axis=1)
        tips = np.abs(lids[:, 8, 0] - noses[..., 0].min(axis=1))
    prepare_photos(
        [copies(photographs, folder / "scale", 40, (640, 480))], folder / "real.h5", size=(36, 60), workers=1
    )
    with h5py.File(folder / "real.h5") as file:
        own = file["landmarks_2d"][()]
        photos = np.linalg.norm(own[:, 8] - own[:, 0], axis=1)
    marked = np.array([right - left for left, right in MARKED.values()])
    print("| crops of 36x60, defaults | eyes | corner to corner, pixels | spread |\n|---|---|---|---|")
    for what, widths in [
        ("prepare unityeyes: middle of the caruncle to outer corner", rendered),
        ("prepare unityeyes: tip of the caruncle to outer corner", tips),
        ("mpiigaze_p00, marked by eye", marked),
        ("prepare photos", photos),
    ]:
        print(f"| {what} | {len(widths)} | {widths.mean():.1f} | {widths.std():.1f} |")


def irises(_: dict[str, Image.Image], folder: Path) -> None:
    """Width of the iris over that of the eye: UnityEyes' renders, MPIIGaze's p00, anatomy."""
    data = real_data()
    if data is None:
        return
    prepare_unityeyes(data / "unityeyes" / "output", folder / "unityeyes.h5", size=(36, 60))
    with h5py.File(folder / "unityeyes.h5") as file:
        noses, lids, rims = (file[name][()] for name in ("caruncle_2d", "interior_margin_2d", "iris_2d"))
        turned = np.abs((file["head_pose"][:, 1].astype(float) - 180 + 180) % 360 - 180)
    widths = np.linalg.norm(rims[:, :, None] - rims[:, None], axis=-1).max(axis=(1, 2))
    rendered = widths / np.linalg.norm(lids[:, 8] - noses.mean(axis=1), axis=1)
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


if __name__ == "__main__":
    main(*sys.argv[1:])
